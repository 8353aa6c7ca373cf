"""Reviews of access: whom they ask, what is decided, and what silence means."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from accounts.models import User
from accounts.services import service_accounts
from common.actors import SYSTEM
from common.errors import InvalidScope, NotFound
from events.models import Event
from rbac.errors import Refused
from rbac.errors.requests import AlreadyDecided, MissingThere
from rbac.errors.reviews import InvalidDeadline, NotYoursToReview, OwnAssignment, ReviewClosed, ReviewTooLarge
from rbac.models import AccessReview, Group, GroupMembership, ReviewItem, Role, RoleAssignment
from rbac.services import assignments, review_items, reviews, verdicts
from rbac.tests.access import DAY, decider, review
from rbac.tests.factories import actor, give, give_role, role_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk(db: None) -> Role:
    return role_of("clerk", "invoice:approve")


@pytest.fixture
def given(alice: User, clerk: Role, noon: datetime) -> RoleAssignment:
    return give_role(alice, clerk, scope="/acme", at=noon)


@pytest.fixture
def carol(person: Callable[..., User], noon: datetime) -> User:
    """May end what clerks have at /acme, and begins reviews there."""
    return decider(person("carol"), "invoice:approve", "access_review:add", at=noon)


def only(begun: AccessReview) -> ReviewItem:
    return ReviewItem.objects.get(review=begun)


def told(kind: str) -> dict[str, Any]:
    return dict(Event.objects.get(kind=f"rbac.access_review.{kind}").data)


class TestBeginning:
    def test_asks_about_what_is_unfinished_there(
        self, alice: User, given: RoleAssignment, clerk: Role, noon: datetime
    ) -> None:
        soon = give_role(alice, clerk, scope="/acme/eu", at=noon, valid_from=noon + DAY)
        give_role(alice, clerk, scope="/acme/us", at=noon - 2 * DAY, valid_until=noon)
        assignments.end(give_role(alice, clerk, scope="/acme/uk", at=noon), actor=SYSTEM, at=noon)
        give_role(alice, clerk, scope="/acme2", at=noon)

        begun = review(scope="/acme", at=noon)

        assert set(begun.items.values_list("assignment", flat=True)) == {given.pk, soon.pk}
        assert (told("opened")["items"], told("opened")["on_silence"]) == (2, "keep")
        assert "Autumn" not in str(told("opened"))

    def test_can_be_of_one_role(self, alice: User, given: RoleAssignment, clerk: Role, noon: datetime) -> None:
        give(alice, "user:view", at=noon)

        assert only(review(role=clerk, at=noon)).assignment == given

    def test_asks_about_groups_and_machines_too(self, clerk: Role, noon: datetime) -> None:
        holders: list[Any] = [
            Group.objects.create(name="clerks", created_at=noon, updated_at=noon),
            service_accounts.create("billing", actor=SYSTEM, at=noon),
        ]
        for holder in holders:
            give_role(holder, clerk, at=noon)

        assert review(at=noon).items.count() == 2

    def test_takes_the_permission_at_that_place(self, carol: User, given: RoleAssignment, noon: datetime) -> None:
        review(by=carol, scope="/acme/eu", at=noon)

        with pytest.raises(MissingThere):
            review(by=carol, scope="/", at=noon)

    @pytest.mark.parametrize("days", [0, -1, 731])
    def test_takes_a_deadline_that_can_be_kept(self, db: None, noon: datetime, days: int) -> None:
        with pytest.raises(InvalidDeadline):
            review(at=noon, days=days)

    def test_takes_a_scope(self, db: None, noon: datetime) -> None:
        with pytest.raises(InvalidScope):
            review(scope="acme", at=noon)

    def test_is_refused_where_nobody_would_read_it(
        self, given: RoleAssignment, noon: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(review_items, "MOST_ITEMS", 0)

        with pytest.raises(ReviewTooLarge):
            review(at=noon)
        assert not AccessReview.objects.exists()

    def test_writes_batch_by_batch_and_forgets_none(
        self, alice: User, clerk: Role, noon: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(review_items, "BATCH", 2)
        for number in range(5):
            give_role(alice, clerk, scope=f"/{number}", at=noon)

        assert review(at=noon).items.count() == 5


class TestWhoIsAsked:
    def reviewer(self, given: RoleAssignment, by: UUID | None, root: User, at: datetime) -> UUID | None:
        RoleAssignment.objects.filter(pk=given.pk).update(assigned_by=by)
        return only(review(by=root, role=given.role, at=at)).reviewer_id

    def test_is_whoever_gave_it(self, given: RoleAssignment, bob: User, root: User, noon: datetime) -> None:
        assert self.reviewer(given, bob.pk, root, noon) == bob.pk

    def test_is_else_whoever_began(self, given: RoleAssignment, bob: User, root: User, noon: datetime) -> None:
        User.objects.filter(pk=bob.pk).update(is_active=False)

        assert self.reviewer(given, bob.pk, root, noon) == root.pk
        AccessReview.objects.all().delete()
        assert self.reviewer(given, None, root, noon) == root.pk

    def test_is_never_whoever_has_it(self, given: RoleAssignment, alice: User, root: User, noon: datetime) -> None:
        assert self.reviewer(given, alice.pk, root, noon) == root.pk

    def test_is_never_a_member_of_the_group_that_has_it(
        self, clerk: Role, bob: User, root: User, noon: datetime
    ) -> None:
        clerks = Group.objects.create(name="clerks", created_at=noon, updated_at=noon)
        GroupMembership.objects.create(group=clerks, user=bob, created_at=noon)

        assert self.reviewer(give_role(clerks, clerk, at=noon), bob.pk, root, noon) == root.pk

    def test_may_be_nobody(self, root: User, clerk: Role, noon: datetime) -> None:
        assert self.reviewer(give_role(root, clerk, at=noon), root.pk, root, noon) is None


class TestDeciding:
    def decide(self, item: ReviewItem, verdict: str, by: User, at: datetime) -> ReviewItem | Refused:
        return verdicts.decide(item, verdict, note="seen", actor=actor(by), at=at)

    def test_to_keep_changes_nothing_and_is_told(self, given: RoleAssignment, root: User, noon: datetime) -> None:
        item = only(review(by=root, role=given.role, at=noon))

        self.decide(item, "keep", root, noon)

        given.refresh_from_db()
        item.refresh_from_db()
        assert (given.ended_at, item.verdict, item.decided_by, item.note) == (None, "keep", root.pk, "seen")
        assert (told("decided")["assignment_id"], told("decided")["by_silence"]) == (str(given.pk), False)
        assert "seen" not in str(told("decided"))

    def test_to_remove_ends_the_assignment(self, given: RoleAssignment, root: User, noon: datetime) -> None:
        self.decide(only(review(by=root, role=given.role, at=noon)), "remove", root, noon)

        given.refresh_from_db()
        assert (given.ended_at, given.ended_by) == (noon, root.pk)
        assert Event.objects.get(kind="rbac.role_assignment.ended").actor_id == root.pk

    def test_comes_once(self, given: RoleAssignment, root: User, noon: datetime) -> None:
        item = only(review(by=root, role=given.role, at=noon))
        self.decide(item, "keep", root, noon)

        with pytest.raises(AlreadyDecided):
            self.decide(item, "remove", root, noon)
        assert RoleAssignment.objects.open().filter(pk=given.pk).exists()

    def test_is_over_when_the_review_is_due(self, given: RoleAssignment, root: User, noon: datetime) -> None:
        begun = review(by=root, role=given.role, at=noon)

        with pytest.raises(ReviewClosed):
            self.decide(only(begun), "keep", root, begun.due_at)

    def test_is_open_to_whoever_may_end_it_there(self, given: RoleAssignment, carol: User, noon: datetime) -> None:
        item = only(review(role=given.role, at=noon))

        assert not isinstance(self.decide(item, "remove", carol, noon), Refused)

    def test_is_closed_to_others(self, given: RoleAssignment, bob: User, noon: datetime) -> None:
        decider(bob, "invoice:*", at=noon, scope="/acme/eu")
        item = only(review(role=given.role, at=noon))

        for verdict in ("keep", "remove"):
            with pytest.raises(NotYoursToReview):
                self.decide(item, verdict, bob, noon)

    def test_is_never_about_ones_own(self, root: User, clerk: Role, noon: datetime) -> None:
        give_role(root, clerk, at=noon)

        with pytest.raises(OwnAssignment):
            self.decide(only(review(role=clerk, at=noon)), "keep", root, noon)

    def test_is_never_about_ones_own_in_a_group(self, root: User, clerk: Role, noon: datetime) -> None:
        clerks = Group.objects.create(name="clerks", created_at=noon, updated_at=noon)
        GroupMembership.objects.create(group=clerks, user=root, created_at=noon)
        give_role(clerks, clerk, at=noon)

        with pytest.raises(OwnAssignment):
            self.decide(only(review(role=clerk, at=noon)), "keep", root, noon)

    def test_goes_no_further_than_the_reviewer_could_by_hand(
        self, given: RoleAssignment, bob: User, root: User, noon: datetime
    ) -> None:
        RoleAssignment.objects.filter(pk=given.pk).update(assigned_by=bob.pk)
        item = only(review(by=root, role=given.role, at=noon))

        assert isinstance(self.decide(item, "remove", bob, noon), Refused)

        assert RoleAssignment.objects.open().filter(pk=given.pk).exists()
        assert not ReviewItem.objects.get().verdict
        assert Event.objects.get(kind="rbac.role_assignment.refused").actor_id == bob.pk

    def test_of_what_is_gone_is_not_found(self, given: RoleAssignment, root: User, noon: datetime) -> None:
        item = only(review(by=root, role=given.role, at=noon))
        ReviewItem.objects.all().delete()

        with pytest.raises(NotFound):
            self.decide(item, "keep", root, noon)


class TestSilence:
    def close(self, at: datetime) -> int:
        return reviews.close_due(actor=SYSTEM, at=at)

    def begun(self, by: User, given: RoleAssignment, on_silence: str, at: datetime) -> AccessReview:
        return review(by=by, scope="/acme", role=given.role, on_silence=on_silence, at=at)

    @pytest.mark.parametrize(("on_silence", "stays"), [("keep", True), ("remove", False)])
    def test_decides_by_the_reviews_own_rule_when_it_is_due(
        self, given: RoleAssignment, root: User, noon: datetime, on_silence: str, stays: bool
    ) -> None:
        begun = self.begun(root, given, on_silence, noon)
        assert self.close(begun.due_at - timedelta(seconds=1)) == 0

        assert (self.close(begun.due_at), self.close(begun.due_at)) == (1, 0)

        assert RoleAssignment.objects.open().filter(pk=given.pk).exists() is stays
        assert (told("closed")["kept"], told("closed")["removed"]) == (int(stays), int(not stays))
        assert (only(begun).decided_by, told("decided")["by_silence"]) == (None, True)

    def test_does_not_undo_what_somebody_decided(self, given: RoleAssignment, root: User, noon: datetime) -> None:
        begun = self.begun(root, given, "remove", noon)
        verdicts.decide(only(begun), "keep", actor=actor(root), at=noon)

        self.close(begun.due_at)

        assert RoleAssignment.objects.open().filter(pk=given.pk).exists()

    def test_removes_no_more_than_whoever_began_could(
        self, alice: User, carol: User, given: RoleAssignment, noon: datetime
    ) -> None:
        give(alice, "session:*", at=noon)
        begun = self.begun(carol, given, "remove", noon)

        self.close(begun.due_at)

        item = only(begun)
        assert (item.verdict, RoleAssignment.objects.open().filter(pk=given.pk).exists()) == ("keep", True)
        assert "session:*" in item.note
        assert Event.objects.get(kind="rbac.role_assignment.refused").actor_id == carol.pk

    def test_removes_nothing_for_who_may_no_longer_end_it(
        self, person: Callable[..., User], given: RoleAssignment, noon: datetime
    ) -> None:
        dora = person("dora")
        give(dora, "access_review:add", "invoice:approve", scope="/acme", at=noon)
        ends = give(dora, "role_assignment:delete", scope="/acme", at=noon)
        begun = self.begun(dora, given, "remove", noon)
        assignments.end(ends, actor=SYSTEM, at=noon)

        self.close(begun.due_at)

        assert (only(begun).verdict, only(begun).note) == ("keep", NotYoursToReview.title)
        assert RoleAssignment.objects.open().filter(pk=given.pk).exists()

    def test_removes_nothing_for_who_is_shut_out(self, carol: User, given: RoleAssignment, noon: datetime) -> None:
        begun = self.begun(carol, given, "remove", noon)
        User.objects.filter(pk=carol.pk).update(is_active=False)

        self.close(begun.due_at)

        assert RoleAssignment.objects.open().filter(pk=given.pk).exists()

    def test_leaves_the_last_administrator(self, alice: User, noon: datetime) -> None:
        last = give(alice, "*:*", at=noon)
        begun = review(by=alice, role=last.role, on_silence="remove", at=noon)

        self.close(begun.due_at)

        assert (only(begun).verdict, AccessReview.objects.get().closed_at) == ("keep", begun.due_at)
        assert RoleAssignment.objects.open().filter(pk=last.pk).exists()

    def test_works_a_bounded_batch_at_a_time(
        self, alice: User, root: User, clerk: Role, noon: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(reviews, "BATCH", 2)
        for number in range(3):
            give_role(alice, clerk, scope=f"/{number}", at=noon)
        begun = review(by=root, role=clerk, on_silence="remove", at=noon)

        assert [self.close(begun.due_at) for _ in range(3)] == [0, 1, 0]
        assert told("closed")["removed"] == 3


class TestTheReminder:
    def remind(self, at: datetime) -> int:
        return reviews.remind(actor=SYSTEM, at=at)

    @pytest.mark.parametrize(("days", "before"), [(14, 3), (4, 2), (1, 0.5)])
    def test_comes_once_and_before_it_is_due(
        self, given: RoleAssignment, noon: datetime, days: int, before: float
    ) -> None:
        due = review(at=noon, days=days).due_at

        came = [self.remind(due - left * DAY) for left in (before + 0.01, before, before, 0.01)]

        assert came == [0, 1, 0, 0]
        assert told("reminded")["undecided"] == 1

    def test_does_not_come_when_all_is_decided(self, given: RoleAssignment, root: User, noon: datetime) -> None:
        begun = review(role=given.role, at=noon)
        verdicts.decide(only(begun), "keep", actor=actor(root), at=noon)

        assert self.remind(begun.due_at - DAY) == 0
        assert not Event.objects.filter(kind="rbac.access_review.reminded").exists()
