"""Groups: who is in them, what members hold, and who may change that."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from accounts.models import User
from common.actors import SYSTEM
from common.errors import InvalidScope, NotFound, VersionMismatch
from events.models import Event
from rbac import selectors
from rbac.errors import (
    AlreadyAssigned,
    AlreadyMember,
    GroupExists,
    InvalidGroupName,
    LastAdministrator,
    Refused,
)
from rbac.models import Group, GroupMembership, RoleAssignment
from rbac.services import assignments, groups, memberships
from rbac.tests.factories import actor, give, give_role, group_of, role_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def clerks(alice: User, noon: datetime) -> Group:
    """Alice is in it, and it may approve invoices at /acme."""
    found = group_of(alice, name="clerks")
    give_role(found, role_of("clerk", "invoice:approve"), scope="/acme", at=noon)
    return found


def facts(group: Group) -> list[str]:
    told = Event.objects.filter(subject_type="group", subject_id=group.pk).order_by("pk")
    return [kind.removeprefix("rbac.group.") for kind in told.values_list("kind", flat=True)]


class TestAGroup:
    def test_is_made_changed_and_deleted_with_a_fact_each(self, root: User, noon: datetime) -> None:
        made = groups.create("clerks", title="Clerks", scope="/acme", actor=actor(root), at=noon)
        changed = groups.update(made, changes={"title": "All", "scope": "/acme/eu"}, actor=actor(root), at=noon)
        groups.delete(changed, actor=actor(root), at=noon)

        assert facts(made) == ["created", "updated", "deleted"]
        told = Event.objects.get(kind="rbac.group.updated")
        assert (told.actor_id, told.data) == (
            root.pk,
            {"name": "clerks", "changed": ["scope", "title"], "scope": "/acme/eu"},
        )

    @pytest.mark.parametrize("name", ["", "Clerks", "a b", "a--b", "é", "a" * 81, "deadbeef" * 4])
    def test_is_named_as_a_role_is(self, name: str, noon: datetime) -> None:
        with pytest.raises(InvalidGroupName):
            groups.create(name, actor=SYSTEM, at=noon)

    def test_has_a_name_of_its_own(self, clerks: Group, noon: datetime) -> None:
        with pytest.raises(GroupExists):
            groups.create(clerks.name, actor=SYSTEM, at=noon)

    def test_lies_at_a_scope(self, clerks: Group, noon: datetime) -> None:
        with pytest.raises(InvalidScope):
            groups.create("other", scope="acme", actor=SYSTEM, at=noon)
        with pytest.raises(InvalidScope):
            groups.update(clerks, changes={"scope": "/acme/"}, actor=SYSTEM, at=noon)

    def test_that_is_as_it_should_be_is_left_alone(self, clerks: Group, noon: datetime) -> None:
        assert groups.update(clerks, changes={"title": ""}, actor=SYSTEM, at=noon).version == 1
        assert "updated" not in facts(clerks)

    def test_that_another_has_changed_is_told(self, clerks: Group, noon: datetime) -> None:
        groups.update(clerks, changes={"title": "A"}, if_version=1, actor=SYSTEM, at=noon)

        with pytest.raises(VersionMismatch):
            groups.update(clerks, changes={"title": "B"}, if_version=1, actor=SYSTEM, at=noon)
        with pytest.raises(VersionMismatch):
            groups.delete(clerks, if_version=1, actor=SYSTEM, at=noon)

    def test_that_is_gone_is_not_found(self, clerks: Group, alice: User, noon: datetime) -> None:
        groups.delete(clerks, actor=SYSTEM, at=noon)

        with pytest.raises(NotFound):
            groups.update(clerks, changes={"title": "A"}, actor=SYSTEM, at=noon)
        with pytest.raises(NotFound):
            memberships.add(clerks, alice, actor=SYSTEM, at=noon)
        with pytest.raises(NotFound):
            give_role(clerks, role_of("other"), at=noon)

    def test_ends_what_it_held_with_a_fact_for_each(self, clerks: Group, alice: User, noon: datetime) -> None:
        give_role(clerks, role_of("second"), at=noon)

        assert groups.delete(clerks, actor=SYSTEM, at=noon) is None

        ended = Event.objects.filter(kind="rbac.role_assignment.ended")
        assert {fact.data["group_id"] for fact in ended} == {str(clerks.pk)}
        assert ended.count() == 2
        assert not selectors.may(alice, "invoice:approve", scope="/acme", at=noon)
        assert not RoleAssignment.objects.exists()


class TestAMember:
    def test_holds_what_the_group_holds(self, clerks: Group, alice: User, bob: User, noon: datetime) -> None:
        decision = selectors.may(alice, "invoice:approve", scope="/acme/eu", at=noon)

        assert decision
        assert decision.held
        assert (decision.held.role, decision.held.group) == ("clerk", "clerks")
        assert not selectors.may(alice, "invoice:approve", at=noon)
        assert not selectors.may(bob, "invoice:approve", scope="/acme", at=noon)

    def test_comes_and_goes(self, clerks: Group, bob: User, noon: datetime) -> None:
        memberships.add(clerks, bob, actor=SYSTEM, at=noon)
        assert selectors.may(bob, "invoice:approve", scope="/acme", at=noon)

        assert memberships.remove(clerks, bob, actor=SYSTEM, at=noon) is None

        assert not selectors.may(bob, "invoice:approve", scope="/acme", at=noon)
        assert facts(clerks)[-2:] == ["member_added", "member_removed"]
        assert Event.objects.get(kind="rbac.group.member_removed").data["user_id"] == str(bob.pk)

    def test_holds_it_for_as_long_as_the_group_does(self, alice: User, noon: datetime) -> None:
        group, role = group_of(alice), role_of("clerk", "invoice:pay")
        give_role(group, role, at=noon, valid_from=noon + DAY, valid_until=noon + 2 * DAY)

        held = [bool(selectors.may(alice, "invoice:pay", at=noon + n * DAY)) for n in range(4)]

        assert held == [False, True, False, False]

    def test_is_in_it_once(self, clerks: Group, alice: User, noon: datetime) -> None:
        with pytest.raises(AlreadyMember):
            memberships.add(clerks, alice, actor=SYSTEM, at=noon)

    def test_that_is_none_cannot_be_taken_out(self, clerks: Group, bob: User, noon: datetime) -> None:
        with pytest.raises(NotFound):
            memberships.remove(clerks, bob, actor=SYSTEM, at=noon)

    def test_that_was_erased_meanwhile_is_not_found(self, clerks: Group, bob: User, noon: datetime) -> None:
        User.objects.filter(pk=bob.pk).delete()

        with pytest.raises(NotFound):
            memberships.add(clerks, bob, actor=SYSTEM, at=noon)

    def test_says_who_let_her_in(self, clerks: Group, bob: User, root: User, noon: datetime) -> None:
        added = memberships.add(clerks, bob, actor=actor(root), at=noon)

        assert isinstance(added, GroupMembership)
        assert (added.added_by, added.created_at) == (root.pk, noon)


class TestNobodyClimbs:
    @pytest.mark.parametrize(
        ("holds", "scope", "able"),
        [
            ("invoice:*", "/", True),
            ("invoice:approve", "/acme", True),
            ("invoice:approve", "/acme/eu", False),
            ("invoice:view", "/", False),
        ],
    )
    def test_by_letting_in_whoever_would_hold_more_than_he(
        self, clerks: Group, bob: User, noon: datetime, holds: str, scope: str, able: bool
    ) -> None:
        give(bob, holds, scope=scope, at=noon)

        outcome = memberships.add(clerks, bob, actor=actor(bob), at=noon)

        assert isinstance(outcome, GroupMembership) is able
        assert GroupMembership.objects.filter(user=bob).exists() is able
        assert ("refused" in facts(clerks)) is not able

    def test_by_what_the_group_will_hold_only_tomorrow(self, alice: User, bob: User, noon: datetime) -> None:
        group = group_of()
        give_role(group, role_of("clerk", "invoice:pay"), at=noon, valid_from=noon + DAY)

        assert isinstance(memberships.add(group, alice, actor=actor(bob), at=noon), Refused)

    @pytest.mark.parametrize(("until", "able"), [(DAY, False), (3 * DAY, True)])
    def test_by_letting_in_for_longer_than_he_holds(
        self, alice: User, bob: User, noon: datetime, until: timedelta, able: bool
    ) -> None:
        group = group_of()
        give_role(group, role_of("clerk", "invoice:pay"), at=noon, valid_until=noon + 2 * DAY)
        give(bob, "invoice:pay", at=noon, valid_until=noon + until)

        outcome = memberships.add(group, alice, actor=actor(bob), at=noon)

        assert isinstance(outcome, GroupMembership) is able

    def test_a_refusal_names_who_and_what(self, clerks: Group, bob: User, noon: datetime) -> None:
        memberships.add(clerks, bob, actor=actor(bob), at=noon)

        told = Event.objects.get(kind="rbac.group.refused").data
        assert told == {
            "name": "clerks",
            "attempted": "add_member",
            "user_id": str(bob.pk),
            "missing": ["invoice:approve"],
        }

    def test_nor_takes_out_of_a_group_what_he_does_not_hold(
        self, clerks: Group, alice: User, bob: User, noon: datetime
    ) -> None:
        assert isinstance(memberships.remove(clerks, alice, actor=actor(bob), at=noon), Refused)

        assert GroupMembership.objects.filter(user=alice).exists()

    def test_nor_takes_out_those_above_him(self, alice: User, bob: User, noon: datetime) -> None:
        group = group_of(alice)
        give(alice, "session:*", at=noon)

        assert isinstance(memberships.remove(group, alice, actor=actor(bob), at=noon), Refused)

    def test_everybody_may_leave(self, clerks: Group, alice: User, noon: datetime) -> None:
        assert memberships.remove(clerks, alice, actor=actor(alice), at=noon) is None

    def test_nor_gives_a_group_what_he_does_not_hold(self, clerks: Group, bob: User, noon: datetime) -> None:
        outcome = assignments.assign(clerks, role_of("other", "invoice:pay"), actor=actor(bob), at=noon)

        assert isinstance(outcome, Refused)
        assert Event.objects.get(kind="rbac.role_assignment.refused").data["group_id"] == str(clerks.pk)

    def test_nor_takes_from_a_group_what_he_does_not_hold(self, clerks: Group, bob: User, noon: datetime) -> None:
        given = RoleAssignment.objects.get(group=clerks)

        assert isinstance(assignments.end(given, actor=actor(bob), at=noon), Refused)
        assert isinstance(groups.delete(clerks, actor=actor(bob), at=noon), Refused)

        assert Group.objects.filter(pk=clerks.pk).exists()
        assert RoleAssignment.objects.standing(at=noon).filter(pk=given.pk).exists()

    def test_nor_takes_from_a_group_that_has_more_power_than_he(self, bob: User, noon: datetime) -> None:
        group, low = group_of(), role_of("low", "invoice:view")
        given = give_role(group, low, at=noon)
        give_role(group, role_of("high", "user:change"), at=noon)
        give(bob, "invoice:view", at=noon)

        assert isinstance(assignments.end(given, actor=actor(bob), at=noon), Refused)

    def test_who_is_powerful_by_a_group_is_not_touched_from_below(self, alice: User, bob: User, noon: datetime) -> None:
        group = group_of(alice)
        give_role(group, role_of("high", "user:change"), at=noon)

        assert selectors.outranks(alice, bob, at=noon)


class TestTheLastAdministrator:
    @pytest.fixture
    def chiefs(self, alice: User, noon: datetime) -> Group:
        found = group_of(alice, name="chiefs")
        give_role(found, role_of("chief", inherits=[role_of("all", "*:*")]), at=noon)
        return found

    def test_stays_in_her_group(self, chiefs: Group, alice: User, noon: datetime) -> None:
        with pytest.raises(LastAdministrator):
            memberships.remove(chiefs, alice, actor=SYSTEM, at=noon)

        assert selectors.may(alice, "user:change", at=noon)

    def test_keeps_what_her_group_holds(self, chiefs: Group, noon: datetime) -> None:
        with pytest.raises(LastAdministrator):
            assignments.end(RoleAssignment.objects.get(group=chiefs), actor=SYSTEM, at=noon)
        with pytest.raises(LastAdministrator):
            groups.delete(chiefs, actor=SYSTEM, at=noon)

        assert Group.objects.filter(pk=chiefs.pk).exists()

    def test_may_leave_once_there_is_another(self, chiefs: Group, alice: User, bob: User, noon: datetime) -> None:
        memberships.add(chiefs, bob, actor=SYSTEM, at=noon)

        assert memberships.remove(chiefs, alice, actor=SYSTEM, at=noon) is None

    def test_of_a_group_without_members_does_not_count(
        self, chiefs: Group, person: Callable[..., User], noon: datetime
    ) -> None:
        carol = person("carol")
        given = give(carol, "*:*", at=noon)
        give_role(group_of(), role_of("others", "*:*"), at=noon)
        memberships.remove(chiefs, User.objects.get(email="alice@example.org"), actor=SYSTEM, at=noon)

        with pytest.raises(LastAdministrator):
            assignments.end(given, actor=SYSTEM, at=noon)


def test_a_group_holds_a_role_once_at_a_scope(clerks: Group, noon: datetime) -> None:
    role = RoleAssignment.objects.get(group=clerks).role

    with pytest.raises(AlreadyAssigned):
        give_role(clerks, role, scope="/acme", at=noon)
    give_role(clerks, role, scope="/other", at=noon)


def test_what_a_member_has_by_herself_and_by_her_group_are_two_things(
    clerks: Group, alice: User, noon: datetime
) -> None:
    role = RoleAssignment.objects.get(group=clerks).role
    own = give_role(alice, role, scope="/acme", at=noon)

    assignments.end(own, actor=SYSTEM, at=noon)

    assert selectors.may(alice, "invoice:approve", scope="/acme", at=noon)
