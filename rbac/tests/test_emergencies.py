"""Roles taken at once: only those set aside for it, by whoever may break the glass, briefly and loudly."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from accounts.models import User
from events.models import Event
from rbac import selectors
from rbac.errors import AlreadyAssigned, InvalidPeriod
from rbac.errors.requests import MissingThere, NotAnEmergencyRole, ReauthenticationRequired
from rbac.models import Role, RoleAssignment, RoleRequest
from rbac.services import emergencies
from rbac.tests.access import AsUser, emergency_role, post, signed_in, told
from rbac.tests.factories import actor, give

pytestmark = pytest.mark.django_db
HERE = "role-requests/break-glass/"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def role(db: None) -> Role:
    return emergency_role("server:restart")


@pytest.fixture
def fiona(alice: User, noon: datetime) -> User:
    """May break the glass at /acme, and holds nothing else."""
    give(alice, "role_request:break_glass", scope="/acme", at=datetime(2020, 1, 1, tzinfo=noon.tzinfo))
    return alice


def take(user: User, role: Role, *, at: datetime, scope: str = "/acme", **terms: Any) -> RoleRequest:
    terms = {"reason": "it burns", "signed_in_at": at, **terms}
    taken = emergencies.break_glass(user, role, scope=scope, actor=actor(user), at=at, **terms)
    assert isinstance(taken, RoleRequest)
    return taken


class TestBreakingTheGlass:
    def test_gives_what_she_does_not_hold_until_the_clock_ends_it(
        self, fiona: User, role: Role, noon: datetime
    ) -> None:
        take(fiona, role, at=noon)

        for at, able in ((noon, True), (noon + 59 * MINUTE, True), (noon + 60 * MINUTE, False)):
            assert bool(selectors.may(fiona, "server:restart", scope="/acme/eu", at=at)) is able
        assert not selectors.may(fiona, "server:restart", scope="/", at=noon)

    def test_is_written_down_as_her_deed(self, fiona: User, role: Role, noon: datetime) -> None:
        taken = take(fiona, role, at=noon)

        fact = Event.objects.get(kind="rbac.role.glass_broken")
        assert (fact.actor_id, fact.data["user_id"], fact.data["scope"]) == (fiona.pk, str(fiona.pk), "/acme")
        assert "burns" not in str(fact.data)
        assert (taken.state, taken.broke_glass, taken.decided_by) == ("approved", True, fiona.pk)
        given = RoleAssignment.objects.get(role=role)
        assert (given, given.assigned_by, given.reason) == (taken.assignment, None, "it burns")

    @pytest.mark.parametrize(("minutes", "lasts"), [(None, 60), (60, 60), (1, 1)])
    def test_lasts_as_long_as_the_role_allows(
        self, fiona: User, role: Role, noon: datetime, minutes: int | None, lasts: int
    ) -> None:
        assert take(fiona, role, minutes=minutes, at=noon).until == noon + lasts * MINUTE

    @pytest.mark.parametrize("minutes", [61, 0, -1])
    def test_for_longer_or_for_nothing_is_refused(self, fiona: User, role: Role, noon: datetime, minutes: int) -> None:
        with pytest.raises(InvalidPeriod):
            take(fiona, role, minutes=minutes, at=noon)

    def test_takes_a_role_set_aside_for_it(self, fiona: User, noon: datetime) -> None:
        with pytest.raises(NotAnEmergencyRole):
            take(fiona, emergency_role("server:restart", minutes=None), at=noon)

    def test_hears_that_a_moment_ago_the_role_was_set_aside_no_more(
        self, fiona: User, role: Role, noon: datetime
    ) -> None:
        Role.objects.filter(pk=role.pk).update(emergency_minutes=None)

        with pytest.raises(NotAnEmergencyRole):
            take(fiona, role, at=noon)
        assert not RoleAssignment.objects.filter(role=role).exists()

    def test_hears_that_a_moment_ago_it_was_made_shorter(self, fiona: User, role: Role, noon: datetime) -> None:
        Role.objects.filter(pk=role.pk).update(emergency_minutes=30)

        with pytest.raises(InvalidPeriod):
            take(fiona, role, at=noon)
        assert not RoleAssignment.objects.filter(role=role).exists()

    @pytest.mark.parametrize("scope", ["/", "/acme2", "/other"])
    def test_takes_the_permission_at_that_place(self, fiona: User, role: Role, noon: datetime, scope: str) -> None:
        with pytest.raises(MissingThere):
            take(fiona, role, scope=scope, at=noon)

    @pytest.mark.parametrize(
        ("ago", "able"),
        [(0 * MINUTE, True), (10 * MINUTE, True), (10 * MINUTE + timedelta(seconds=1), False), (None, False)],
    )
    def test_takes_a_sign_in_of_a_moment_ago(
        self, fiona: User, role: Role, noon: datetime, ago: timedelta | None, able: bool
    ) -> None:
        try:
            take(fiona, role, at=noon, signed_in_at=None if ago is None else noon - ago)
        except ReauthenticationRequired:
            assert not able
        assert RoleAssignment.objects.filter(role=role).exists() is able

    def test_while_she_has_the_role_is_a_conflict(self, fiona: User, role: Role, noon: datetime) -> None:
        take(fiona, role, at=noon)

        with pytest.raises(AlreadyAssigned):
            take(fiona, role, at=noon + 59 * MINUTE)

        take(fiona, role, at=noon + 60 * MINUTE)

    @pytest.mark.django_db(transaction=True)
    def test_is_loud_in_the_log_and_in_the_metrics(self, fiona: User, role: Role, noon: datetime) -> None:
        def count() -> float:
            return REGISTRY.get_sample_value("identity_glass_broken_total", {"role": "firefighter"}) or 0

        before = count()
        with capture_logs() as lines:
            take(fiona, role, at=noon)

        assert count() == before + 1
        (line,) = [line for line in lines if line["event"] == "glass_broken"]
        assert (line["log_level"], line["user_id"], line["role"]) == ("warning", str(fiona.pk), "firefighter")


class TestOverHttp:
    def body(self, **more: Any) -> dict[str, Any]:
        return {"role": "firefighter", "scope": "/acme", "reason": "it burns", **more}

    def test_the_role_is_hers_at_once(self, fiona: User, role: Role) -> None:
        made = post(signed_in(fiona, at=timezone.now()), HERE, self.body())

        said = made.json()
        assert (made.status_code, said["state"], said["broke_glass"]) == (201, "approved", True)
        assert selectors.may(fiona, "server:restart", scope="/acme", at=timezone.now())

    def test_an_old_sign_in_and_none_at_all_are_told_what_to_do(self, fiona: User, role: Role, as_user: AsUser) -> None:
        stale = signed_in(fiona, at=timezone.now() - 11 * MINUTE)

        for client in (stale, as_user(fiona)):
            assert told(post(client, HERE, self.body())) == (403, "reauthentication_required")

    def test_a_key_is_no_sign_in(self, fiona: User, role: Role) -> None:
        fiona.bounds = frozenset({"*:*"})

        assert told(post(signed_in(fiona, at=timezone.now()), HERE, self.body())) == (403, "session_required")

    def test_each_refusal_has_its_code(self, fiona: User, bob: User, role: Role) -> None:
        hers, his = (signed_in(user, at=timezone.now()) for user in (fiona, bob))

        assert told(post(his, HERE, self.body())) == (403, "permission_denied")
        assert told(post(hers, HERE, self.body(scope="/"))) == (403, "permission_denied")
        assert told(post(hers, HERE, self.body(minutes=61))) == (400, "invalid_period")
        Role.objects.update(emergency_minutes=None)
        assert told(post(hers, HERE, self.body())) == (403, "not_an_emergency_role")

    @pytest.mark.parametrize(
        "change",
        [
            {"minutes": 0},
            {"minutes": 10**9},
            {"minutes": "x"},
            {"reason": ""},
            {"role": None},
            {"scope": "x"},
            {"until": 1},
        ],
    )
    def test_nonsense_breaks_no_glass(self, fiona: User, role: Role, change: dict[str, Any]) -> None:
        assert post(signed_in(fiona, at=timezone.now()), HERE, self.body(**change)).status_code == 400
        assert not RoleRequest.objects.exists()
