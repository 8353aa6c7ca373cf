"""What is told of requests for roles, by whom, and where they are bounded."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

import pytest

from accounts.models import User
from common.actors import SYSTEM, Actor, ActorKind
from common.errors import DomainError
from events.models import Event
from rbac.errors import InvalidPeriod
from rbac.errors.requests import AlreadyDecided, NotYourRequest, TooManyRequested
from rbac.models import ExpiryWarning, Role, RoleAssignment, RoleRequest
from rbac.services import approvals, assignments, expiry, extensions, requests
from rbac.tests.access import DAY, decider, wish
from rbac.tests.factories import actor, give_role, group_of, role_of

pytestmark = pytest.mark.django_db
READER = Actor(kind=ActorKind.ANONYMOUS, ip="203.0.113.7")
BLINK = timedelta(microseconds=1)


@pytest.fixture
def clerk(db: None) -> Role:
    return role_of("clerk", "invoice:approve")


@pytest.fixture
def carol(person: Callable[..., User], clerk: Role, noon: datetime) -> User:
    """Decides at /acme."""
    return decider(person("carol"), "invoice:approve", at=noon)


def fact(kind: str) -> Event:
    return Event.objects.get(kind=f"rbac.{kind}")


def mailed_link(at: datetime) -> str:
    expiry.warn(actor=SYSTEM, at=at)
    return extensions.secret_for(fact("role_assignment.expiring").pk)


class TestADecision:
    def test_is_told_of_who_decided_and_never_why(self, alice: User, carol: User, clerk: Role, noon: datetime) -> None:
        approvals.deny(wish(alice, clerk, at=noon), note="not Jane", actor=actor(carol), at=noon + DAY)

        told = fact("role_request.denied")
        assert (told.actor_id, told.occurred_at, told.data["user_id"]) == (carol.pk, noon + DAY, str(alice.pk))
        assert "Jane" not in str(told.data)
        stored = RoleRequest.objects.get()
        assert (stored.note, stored.decided_by, stored.decided_at) == ("not Jane", carol.pk, noon + DAY)

    def test_is_told_once(self, alice: User, carol: User, clerk: Role, noon: datetime) -> None:
        asked = wish(alice, clerk, at=noon)
        approvals.approve(asked, actor=actor(carol), at=noon)
        before = Event.objects.count()

        for again in (approvals.approve, approvals.deny):
            with suppress(DomainError):
                again(asked, actor=actor(carol), at=noon)
        with pytest.raises(AlreadyDecided):
            requests.withdraw(asked, actor=actor(alice), at=noon)

        assert Event.objects.count() == before
        assert RoleAssignment.objects.filter(user=alice).count() == 1

    def test_comes_to_the_last_moment(self, alice: User, carol: User, clerk: Role, noon: datetime) -> None:
        asked = wish(alice, clerk, at=noon, days=1)

        approvals.approve(asked, until=noon + DAY, actor=actor(carol), at=noon + DAY - BLINK)

        assert RoleAssignment.objects.get(user=alice).valid_until == noon + DAY

    def test_to_extend_gives_longer_than_she_has_and_not_the_same(
        self, alice: User, carol: User, clerk: Role, noon: datetime
    ) -> None:
        given = give_role(alice, clerk, scope="/acme", at=noon, valid_until=noon + 2 * DAY)
        asked = wish(alice, clerk, at=noon, extends=given)
        with pytest.raises(InvalidPeriod):
            approvals.approve(asked, until=noon + 2 * DAY, actor=actor(carol), at=noon)
        assert RoleAssignment.objects.standing(at=noon).get(user=alice) == given

        approvals.approve(asked, until=noon + 2 * DAY + BLINK, actor=actor(carol), at=noon)

        assert RoleAssignment.objects.open().get(user=alice).valid_until == noon + 2 * DAY + BLINK

    def test_to_extend_what_was_taken_meanwhile_may_end_before_that_would_have(
        self, alice: User, carol: User, clerk: Role, noon: datetime
    ) -> None:
        given = give_role(alice, clerk, scope="/acme", at=noon, valid_until=noon + 2 * DAY)
        asked = wish(alice, clerk, at=noon, extends=given)
        assignments.end(given, actor=SYSTEM, at=noon)

        approvals.approve(asked, until=noon + DAY, actor=actor(carol), at=noon)

        assert RoleAssignment.objects.open().get(user=alice).valid_until == noon + DAY


class TestAWithdrawal:
    def test_names_nobody_who_decided(self, alice: User, clerk: Role, noon: datetime) -> None:
        requests.withdraw(wish(alice, clerk, at=noon), actor=actor(alice), at=noon + DAY)

        stored = RoleRequest.objects.get()
        assert (stored.state, stored.decided_by, stored.decided_at) == ("withdrawn", None, noon + DAY)
        assert fact("role_request.withdrawn").actor_id == alice.pk

    def test_of_what_was_decided_is_first_of_all_not_his(
        self, alice: User, bob: User, clerk: Role, noon: datetime
    ) -> None:
        asked = wish(alice, clerk, at=noon)
        requests.withdraw(asked, actor=actor(alice), at=noon)

        with pytest.raises(NotYourRequest):
            requests.withdraw(asked, actor=actor(bob), at=noon)


class TestTheBound:
    @pytest.fixture(autouse=True)
    def two(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(requests, "MOST_PENDING", 2)

    def test_counts_neither_what_others_ask_nor_what_is_decided_or_over(
        self, alice: User, bob: User, clerk: Role, noon: datetime
    ) -> None:
        wish(bob, clerk, at=noon), wish(bob, clerk, at=noon, scope="/b")
        wish(alice, clerk, at=noon, scope="/over", days=1)
        requests.withdraw(wish(alice, clerk, at=noon), actor=actor(alice), at=noon)

        wish(alice, clerk, at=noon + DAY, scope="/first"), wish(alice, clerk, at=noon + DAY, scope="/second")

        with pytest.raises(TooManyRequested):
            wish(alice, clerk, at=noon + DAY, scope="/third")

    def test_leaves_the_mailed_link_for_later(self, alice: User, clerk: Role, noon: datetime) -> None:
        give_role(alice, clerk, scope="/acme", at=noon, valid_until=noon + 10 * DAY)
        secret, late = mailed_link(noon + 8 * DAY), noon + 9 * DAY
        waiting = [wish(alice, clerk, at=noon, scope=f"/{number}", days=30) for number in range(2)]
        with pytest.raises(TooManyRequested):
            extensions.redeem(secret, actor=READER, at=late)
        requests.withdraw(waiting[0], actor=actor(alice), at=late)

        assert extensions.redeem(secret, actor=READER, at=late).state == "pending"
        assert ExpiryWarning.objects.get().used_at == late


class TestTheClock:
    def test_is_the_system_also_where_she_asks_anew(self, alice: User, clerk: Role, noon: datetime) -> None:
        first = wish(alice, clerk, at=noon, days=1)

        wish(alice, clerk, at=noon + DAY)

        told = fact("role_request.lapsed")
        assert (told.actor_kind, told.actor_id, told.subject_id) == ("system", None, str(first.pk))

    def test_leaves_what_was_decided_as_it_is(self, alice: User, carol: User, clerk: Role, noon: datetime) -> None:
        approvals.deny(wish(alice, clerk, at=noon, days=1), actor=actor(carol), at=noon)

        assert requests.lapse(actor=SYSTEM, at=noon + 2 * DAY) == 0
        assert RoleRequest.objects.get().state == "denied"


class TestTheMailedLink:
    @pytest.mark.parametrize(("begins", "ends", "more"), [(0, 800, 365), (0, 365, 365), (100, 110, 10)])
    def test_asks_for_as_long_as_it_was_valid_and_at_most_a_year(
        self, alice: User, clerk: Role, noon: datetime, begins: int, ends: int, more: int
    ) -> None:
        begin, end = noon + begins * DAY, noon + ends * DAY
        given = give_role(alice, clerk, at=noon, valid_from=begin, valid_until=end)

        asked = extensions.redeem(mailed_link(end - DAY), actor=READER, at=end - BLINK)

        assert asked.until == end + more * DAY
        assert fact("role_request.created").data["extends"] == str(given.pk)
        assert fact("role_request.created").actor_kind == "anonymous"

    def test_is_none_for_what_a_group_holds(self, alice: User, root: User, clerk: Role, noon: datetime) -> None:
        end, clerks = noon + 10 * DAY, group_of(alice)
        assignments.assign(clerks, clerk, valid_until=end, actor=actor(root), at=noon)

        assert expiry.warn(actor=SYSTEM, at=end - DAY) == 1

        assert fact("role_assignment.expiring").data["told_id"] == str(root.pk)
        assert ExpiryWarning.objects.get().digest is None
