"""Being told once that a role is about to end, and asking by that mail for it to go on."""

from datetime import datetime, timedelta

import pytest

from accounts.errors import LinkNotUsable
from accounts.models import ServiceAccount, User
from accounts.services import service_accounts
from common.actors import SYSTEM, Actor, ActorKind
from events.models import Event
from rbac.errors.requests import AlreadyRequested
from rbac.models import ExpiryWarning, Role, RoleAssignment, RoleRequest
from rbac.services import assignments, expiry, extensions
from rbac.tests.access import DAY, wish
from rbac.tests.factories import actor, give_role, role_of

pytestmark = pytest.mark.django_db
READER = Actor(kind=ActorKind.ANONYMOUS, ip="203.0.113.7")


@pytest.fixture
def clerk(db: None) -> Role:
    return role_of("clerk", "invoice:approve")


@pytest.fixture
def given(alice: User, clerk: Role, noon: datetime) -> RoleAssignment:
    """For ten days from noon, of which the last three are those of the warning."""
    return give_role(alice, clerk, scope="/acme", at=noon, valid_until=noon + 10 * DAY)


def warn(at: datetime) -> int:
    return expiry.warn(actor=SYSTEM, at=at)


def told() -> list[Event]:
    return list(Event.objects.filter(kind="rbac.role_assignment.expiring"))


def link(at: datetime) -> str:
    warn(at)
    return extensions.secret_for(told()[-1].pk)


class TestTheWarning:
    @pytest.mark.parametrize(("days", "comes"), [(6.99, False), (7, True), (9.99, True), (10, False)])
    def test_comes_some_days_before_the_end(
        self, given: RoleAssignment, noon: datetime, days: float, comes: bool
    ) -> None:
        assert warn(noon + days * DAY) == len(told()) == comes

    def test_comes_once(self, given: RoleAssignment, alice: User, noon: datetime) -> None:
        assert [warn(noon + days * DAY) for days in (7, 7, 8, 9)] == [1, 0, 0, 0]

        (fact,) = told()
        assert (fact.subject_id, fact.data["told_id"], fact.data["role"]) == (str(given.pk), str(alice.pk), "clerk")

    def test_comes_as_early_as_the_operator_says(self, given: RoleAssignment, noon: datetime, settings: object) -> None:
        settings.ROLE_EXPIRY_WARNING = timedelta(days=1)  # type: ignore[attr-defined]  # pytest-django's

        assert [warn(noon + days * DAY) for days in (8.9, 9)] == [0, 1]

    def test_does_not_come_for_what_was_given_for_no_longer(self, alice: User, clerk: Role, noon: datetime) -> None:
        give_role(alice, clerk, at=noon, valid_until=noon + 3 * DAY)
        give_role(alice, clerk, scope="/b", at=noon, valid_from=noon + 9 * DAY, valid_until=noon + 10 * DAY)

        assert not [days for days in (0, 1, 2, 8, 9) if warn(noon + days * DAY)]

    def test_does_not_come_for_what_was_ended_or_has_no_end(
        self, given: RoleAssignment, alice: User, clerk: Role, noon: datetime
    ) -> None:
        give_role(alice, clerk, at=noon)
        assignments.end(given, actor=SYSTEM, at=noon)

        assert warn(noon + 9 * DAY) == 0

    def test_about_a_machine_goes_to_whoever_gave_it(self, root: User, clerk: Role, noon: datetime) -> None:
        billing: ServiceAccount = service_accounts.create("billing", actor=SYSTEM, at=noon)
        for by, scope in ((actor(root), "/a"), (SYSTEM, "/b")):
            assignments.assign(billing, clerk, scope=scope, valid_until=noon + 10 * DAY, actor=by, at=noon)

        assert warn(noon + 9 * DAY) == 2

        assert {fact.data["told_id"] for fact in told()} == {str(root.pk), None}
        assert not ExpiryWarning.objects.exclude(digest=None).exists()

    def test_comes_a_bounded_batch_at_a_time(
        self, alice: User, clerk: Role, noon: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(expiry, "BATCH", 2)
        for number in range(3):
            give_role(alice, clerk, scope=f"/{number}", at=noon, valid_until=noon + 10 * DAY)

        assert [warn(noon + 9 * DAY) for _ in range(3)] == [2, 1, 0]


class TestTheLink:
    def test_asks_once_for_as_long_again(self, given: RoleAssignment, alice: User, noon: datetime) -> None:
        secret = link(noon + 8 * DAY)

        asked = extensions.redeem(secret, actor=READER, at=noon + 9 * DAY)

        assert (asked.requester, asked.extends, asked.until, asked.state) == (alice, given, noon + 20 * DAY, "pending")
        with pytest.raises(LinkNotUsable):
            extensions.redeem(secret, actor=READER, at=noon + 9 * DAY)
        assert Event.objects.get(kind="rbac.role_request.created").ip == "203.0.113.7"

    def test_gives_nothing_by_itself(self, given: RoleAssignment, noon: datetime) -> None:
        extensions.redeem(link(noon + 8 * DAY), actor=READER, at=noon + 9 * DAY)

        assert RoleAssignment.objects.get() == given

    def test_is_dead_when_the_role_is_over_or_taken(self, given: RoleAssignment, noon: datetime) -> None:
        secret = link(noon + 8 * DAY)
        with pytest.raises(LinkNotUsable):
            extensions.redeem(secret, actor=READER, at=noon + 10 * DAY)

        assignments.end(given, actor=SYSTEM, at=noon + 8 * DAY)
        with pytest.raises(LinkNotUsable):
            extensions.redeem(secret, actor=READER, at=noon + 9 * DAY)

    def test_is_dead_while_she_is_shut_out(self, given: RoleAssignment, alice: User, noon: datetime) -> None:
        secret = link(noon + 8 * DAY)
        User.objects.filter(pk=alice.pk).update(is_active=False)

        with pytest.raises(LinkNotUsable):
            extensions.redeem(secret, actor=READER, at=noon + 9 * DAY)

    def test_is_not_used_up_by_a_refusal(self, given: RoleAssignment, alice: User, noon: datetime) -> None:
        secret = link(noon + 8 * DAY)
        other = wish(alice, given.role, at=noon, scope="/acme", days=30, extends=given)
        with pytest.raises(AlreadyRequested):
            extensions.redeem(secret, actor=READER, at=noon + 9 * DAY)
        other.delete()

        assert isinstance(extensions.redeem(secret, actor=READER, at=noon + 9 * DAY), RoleRequest)

    def test_is_stored_as_a_digest_and_in_no_fact(self, given: RoleAssignment, noon: datetime) -> None:
        secret = link(noon + 8 * DAY)

        stored = str(list(ExpiryWarning.objects.values()) + list(Event.objects.values()))
        assert secret not in stored
        assert secret.removeprefix("idl_") not in stored

    @pytest.mark.parametrize("value", ["", "idl_", "idl_" + "0" * 64, "\udc80"])
    def test_that_was_guessed_opens_nothing(self, given: RoleAssignment, noon: datetime, value: str) -> None:
        link(noon + 8 * DAY)

        with pytest.raises(LinkNotUsable):
            extensions.redeem(value, actor=READER, at=noon + 9 * DAY)
