"""Asking for a role, and what becomes of that."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from accounts.models import User
from common.actors import SYSTEM
from common.errors import InvalidScope, NotFound
from events.models import Event
from rbac import selectors
from rbac.errors import AlreadyAssigned, DutiesNotSeparate, InvalidPeriod, Refused
from rbac.errors.requests import (
    AlreadyDecided,
    AlreadyRequested,
    LaterThanAsked,
    MissingThere,
    NotExtensible,
    NotYourRequest,
    OwnRequest,
    RequesterInactive,
    TooManyRequested,
)
from rbac.models import Role, RoleAssignment, RoleRequest
from rbac.services import approvals, assignments, extensions, requests
from rbac.tests.access import DAY, decider, wish
from rbac.tests.factories import actor, give, give_role, role_of, separate

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk(db: None) -> Role:
    return role_of("clerk", "invoice:approve")


@pytest.fixture
def carol(person: Callable[..., User], clerk: Role, noon: datetime) -> User:
    return decider(person("carol"), "invoice:approve", at=noon)


def facts(kind: str) -> list[dict[str, object]]:
    return list(Event.objects.filter(kind=f"rbac.role_request.{kind}").values_list("data", flat=True))


class TestAsking:
    def test_gives_nothing_and_is_told_without_the_reason(self, alice: User, clerk: Role, noon: datetime) -> None:
        asked = wish(alice, clerk, at=noon, reason="for Jane")

        assert not RoleAssignment.objects.filter(user=alice).exists()
        (fact,) = facts("created")
        assert (fact["user_id"], fact["role"], fact["scope"]) == (str(alice.pk), "clerk", "/acme")
        assert "Jane" not in str(fact)
        assert asked.state == "pending"

    def test_for_the_same_twice_is_a_conflict(self, alice: User, clerk: Role, noon: datetime) -> None:
        wish(alice, clerk, at=noon)

        with pytest.raises(AlreadyRequested):
            wish(alice, clerk, at=noon)

        wish(alice, clerk, at=noon, scope="/acme/eu")

    def test_for_what_she_has_is_a_conflict(self, alice: User, clerk: Role, noon: datetime) -> None:
        give_role(alice, clerk, scope="/acme", at=noon, valid_until=noon + DAY)

        with pytest.raises(AlreadyAssigned):
            wish(alice, clerk, at=noon)

        wish(alice, clerk, at=noon + DAY)

    @pytest.mark.parametrize("days", [0, -1])
    def test_for_the_past_is_refused(self, alice: User, clerk: Role, noon: datetime, days: int) -> None:
        with pytest.raises(InvalidPeriod):
            wish(alice, clerk, at=noon, days=days)

    def test_for_a_scope_of_another_spelling_is_refused(self, alice: User, clerk: Role, noon: datetime) -> None:
        with pytest.raises(InvalidScope):
            wish(alice, clerk, at=noon, scope="/acme/")

    def test_is_bounded(self, alice: User, clerk: Role, noon: datetime) -> None:
        for number in range(requests.MOST_PENDING):
            wish(alice, clerk, at=noon, scope=f"/acme/{number}")

        with pytest.raises(TooManyRequested):
            wish(alice, clerk, at=noon)

    def test_by_somebody_who_is_gone_is_not_found(self, alice: User, clerk: Role, noon: datetime) -> None:
        User.objects.filter(pk=alice.pk).delete()

        with pytest.raises(NotFound):
            wish(alice, clerk, at=noon)

    def test_again_after_the_clock_needs_no_beat(self, alice: User, clerk: Role, noon: datetime) -> None:
        wish(alice, clerk, at=noon, days=1)

        wish(alice, clerk, at=noon + DAY)

        assert len(facts("lapsed")) == 1


class TestApproval:
    def test_makes_the_assignment_until_what_was_asked(
        self, alice: User, carol: User, clerk: Role, noon: datetime
    ) -> None:
        asked = approvals.approve(wish(alice, clerk, at=noon), note="fine", actor=actor(carol), at=noon)

        assert isinstance(asked, RoleRequest)
        given = RoleAssignment.objects.get(user=alice)
        assert (given.valid_until, given.assigned_by, given.scope) == (noon + 7 * DAY, carol.pk, "/acme")
        assert (asked.state, asked.assignment, asked.decided_by, asked.note) == ("approved", given, carol.pk, "fine")
        assert facts("approved")[0]["assignment_id"] == str(given.pk)
        assert selectors.may(alice, "invoice:approve", scope="/acme/eu", at=noon)

    def test_can_end_earlier_and_never_later(self, alice: User, carol: User, clerk: Role, noon: datetime) -> None:
        asked = wish(alice, clerk, at=noon)
        with pytest.raises(LaterThanAsked):
            approvals.approve(asked, until=noon + 8 * DAY, actor=actor(carol), at=noon)

        approvals.approve(asked, until=noon + DAY, actor=actor(carol), at=noon)

        assert RoleAssignment.objects.get(user=alice).valid_until == noon + DAY

    def test_by_herself_is_refused_even_for_who_may_do_everything(
        self, root: User, clerk: Role, noon: datetime
    ) -> None:
        asked = wish(root, clerk, at=noon)

        for decide in (approvals.approve, approvals.deny):
            with pytest.raises(OwnRequest):
                decide(asked, actor=actor(root), at=noon)

    def test_takes_the_permission_to_give_roles_there(
        self, alice: User, bob: User, clerk: Role, noon: datetime
    ) -> None:
        give(bob, "invoice:*", at=noon)
        give(bob, "role_assignment:add", scope="/acme/eu", at=noon)

        asked = wish(alice, clerk, at=noon)

        for decide in (approvals.approve, approvals.deny):
            with pytest.raises(MissingThere):
                decide(asked, actor=actor(bob), at=noon)

    def test_takes_holding_what_the_role_gives(self, alice: User, bob: User, clerk: Role, noon: datetime) -> None:
        asked = wish(alice, clerk, at=noon)
        decider(bob, "invoice:view", at=noon)

        outcome = approvals.approve(asked, actor=actor(bob), at=noon)

        assert isinstance(outcome, Refused)
        assert RoleRequest.objects.get(pk=asked.pk).state == "pending"
        assert Event.objects.get(kind="rbac.role_assignment.refused").actor_id == bob.pk

    def test_for_longer_than_the_approver_holds_it_is_refused(
        self, alice: User, bob: User, clerk: Role, noon: datetime
    ) -> None:
        give(bob, "invoice:*", "role_assignment:*", at=noon, valid_until=noon + DAY)
        asked = wish(alice, clerk, at=noon)

        assert isinstance(approvals.approve(asked, actor=actor(bob), at=noon), Refused)

        assert not isinstance(approvals.approve(asked, until=noon + DAY, actor=actor(bob), at=noon), Refused)

    def test_for_somebody_who_is_shut_out_waits_and_a_no_does_not(
        self, alice: User, carol: User, clerk: Role, noon: datetime
    ) -> None:
        asked = wish(alice, clerk, at=noon)
        User.objects.filter(pk=alice.pk).update(is_active=False)

        with pytest.raises(RequesterInactive):
            approvals.approve(asked, actor=actor(carol), at=noon)

        assert approvals.deny(asked, actor=actor(carol), at=noon).state == "denied"

    def test_of_what_she_got_by_hand_meanwhile_is_a_conflict(
        self, alice: User, carol: User, clerk: Role, noon: datetime
    ) -> None:
        asked = wish(alice, clerk, at=noon)
        give_role(alice, clerk, scope="/acme", at=noon)

        with pytest.raises(AlreadyAssigned):
            approvals.approve(asked, actor=actor(carol), at=noon)

        assert RoleRequest.objects.get(pk=asked.pk).state == "pending"

    def test_that_joins_what_must_stay_apart_is_refused(
        self, alice: User, carol: User, clerk: Role, noon: datetime
    ) -> None:
        separate(clerk, other := role_of("payer", "payment:make"), at=noon)
        give_role(alice, other, at=noon)
        asked = wish(alice, clerk, at=noon)

        with pytest.raises(DutiesNotSeparate):
            approvals.approve(asked, actor=actor(carol), at=noon)
        assert RoleRequest.objects.get(pk=asked.pk).state == "pending"

    def test_comes_once(self, alice: User, carol: User, clerk: Role, noon: datetime) -> None:
        asked = wish(alice, clerk, at=noon)
        approvals.deny(asked, actor=actor(carol), at=noon)

        for decide in (approvals.approve, approvals.deny):
            with pytest.raises(AlreadyDecided):
                decide(asked, actor=actor(carol), at=noon)
        assert not facts("approved")

    def test_of_what_was_deleted_meanwhile_is_not_found(
        self, alice: User, carol: User, clerk: Role, noon: datetime
    ) -> None:
        asked = wish(alice, clerk, at=noon)
        RoleRequest.objects.all().delete()

        with pytest.raises(NotFound):
            approvals.approve(asked, actor=actor(carol), at=noon)


class TestWithdrawal:
    def test_is_hers_alone(self, alice: User, carol: User, clerk: Role, noon: datetime) -> None:
        asked = wish(alice, clerk, at=noon)
        with pytest.raises(NotYourRequest):
            requests.withdraw(asked, actor=actor(carol), at=noon)

        assert requests.withdraw(asked, actor=actor(alice), at=noon).state == "withdrawn"

        assert len(facts("withdrawn")) == 1
        wish(alice, clerk, at=noon)


class TestTheClock:
    def test_ends_what_nobody_decided_with_beat_stopped(
        self, alice: User, carol: User, clerk: Role, noon: datetime
    ) -> None:
        asked = wish(alice, clerk, at=noon, days=1)

        with pytest.raises(AlreadyDecided):
            approvals.approve(asked, actor=actor(carol), at=noon + DAY)

        assert not RoleAssignment.objects.filter(user=alice).exists()
        assert asked.state_at(noon + DAY) == "lapsed"

    def test_is_written_down_once_by_beat(self, alice: User, clerk: Role, noon: datetime) -> None:
        wish(alice, clerk, at=noon, days=1)
        wish(alice, clerk, at=noon, days=2, scope="/")

        assert [requests.lapse(actor=SYSTEM, at=noon + DAY) for _ in range(2)] == [1, 0]

        assert len(facts("lapsed")) == 1
        assert sorted(RoleRequest.objects.values_list("state", flat=True)) == ["lapsed", "pending"]

    def test_is_followed_a_bounded_batch_at_a_time(
        self, alice: User, clerk: Role, noon: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(requests, "BATCH", 2)
        for number in range(3):
            wish(alice, clerk, at=noon, days=1, scope=f"/{number}")

        assert [requests.lapse(actor=SYSTEM, at=noon + DAY) for _ in range(3)] == [2, 1, 0]


class TestAnExtension:
    @pytest.fixture
    def given(self, alice: User, clerk: Role, noon: datetime) -> RoleAssignment:
        return give_role(alice, clerk, scope="/acme", at=noon, valid_until=noon + 2 * DAY)

    def extend(self, given: RoleAssignment, user: User, days: int, at: datetime) -> RoleRequest:
        until = at + days * DAY
        return extensions.extend(given, until=until, reason="", requester=user, actor=actor(user), at=at)

    def test_follows_on_without_a_gap_and_without_two(
        self, alice: User, carol: User, given: RoleAssignment, noon: datetime
    ) -> None:
        approvals.approve(self.extend(given, alice, 9, noon), actor=actor(carol), at=noon + DAY)

        given.refresh_from_db()
        follower = RoleAssignment.objects.open().get(user=alice)
        assert (given.ended_at, given.ended_by) == (noon + DAY, carol.pk)
        assert (follower.valid_from, follower.valid_until) == (None, noon + 9 * DAY)
        assert Event.objects.filter(kind="rbac.role_assignment.ended").count() == 1

    def test_that_is_refused_takes_nothing(self, alice: User, bob: User, given: RoleAssignment, noon: datetime) -> None:
        decider(bob, at=noon)

        outcome = approvals.approve(self.extend(given, alice, 9, noon), actor=actor(bob), at=noon)

        assert isinstance(outcome, Refused)
        assert RoleAssignment.objects.standing(at=noon).get(user=alice) == given

    def test_takes_nothing_from_her_even_where_the_approver_is_below_her(
        self, alice: User, carol: User, given: RoleAssignment, noon: datetime
    ) -> None:
        give(alice, "session:*", at=noon)

        outcome = approvals.approve(self.extend(given, alice, 9, noon), actor=actor(carol), at=noon)

        assert isinstance(outcome, RoleRequest)

    def test_cannot_shorten(self, alice: User, carol: User, given: RoleAssignment, noon: datetime) -> None:
        with pytest.raises(InvalidPeriod):
            self.extend(given, alice, 2, noon)
        asked = self.extend(given, alice, 9, noon)

        with pytest.raises(InvalidPeriod):
            approvals.approve(asked, until=noon + timedelta(hours=1), actor=actor(carol), at=noon)

    def test_of_somebody_elses_role_is_not_there(self, bob: User, given: RoleAssignment, noon: datetime) -> None:
        with pytest.raises(NotFound):
            self.extend(given, bob, 9, noon)

    def test_of_what_is_over_or_endless_is_refused(
        self, alice: User, clerk: Role, given: RoleAssignment, noon: datetime
    ) -> None:
        endless = give_role(alice, clerk, scope="/", at=noon)
        for one, at in ((endless, noon), (given, noon + 2 * DAY)):
            with pytest.raises(NotExtensible):
                self.extend(one, alice, 9, at)

    def test_of_what_was_taken_meanwhile_gives_it_anew(
        self, alice: User, carol: User, given: RoleAssignment, noon: datetime
    ) -> None:
        asked = self.extend(given, alice, 9, noon)
        assignments.end(given, actor=SYSTEM, at=noon)

        approvals.approve(asked, actor=actor(carol), at=noon)

        assert RoleAssignment.objects.open().get(user=alice).valid_until == noon + 9 * DAY
