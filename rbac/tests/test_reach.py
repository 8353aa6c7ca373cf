"""How far somebody reaches into groups: what counts of what they hold, what is told of a refusal, and of nothing done."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from accounts.models import User
from common.actors import SYSTEM, Actor, ActorKind
from common.errors import DomainError, VersionMismatch
from events.models import Event
from rbac.errors import Refused
from rbac.errors.requests import MissingThere
from rbac.models import Group, GroupMembership, RoleAssignment
from rbac.services import assignments, groups, memberships, powers
from rbac.tests.access import DAY
from rbac.tests.factories import actor, give, give_role, group_of, role_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerks(alice: User, noon: datetime) -> Group:
    """Alice is in it, and what it may do overlaps."""
    found = group_of(alice, name="clerks")
    give_role(found, role_of("payer", "invoice:pay", "invoice:view"), at=noon)
    give_role(found, role_of("booker", "invoice:book", "invoice:view"), at=noon)
    return found


@pytest.fixture
def over(alice: User, noon: datetime) -> Group:
    """Alice is in it; of what it held one role was taken from it and one ended by the clock."""
    found = group_of(alice)
    assignments.end(give_role(found, role_of("taken", "user:change"), at=noon - DAY), actor=SYSTEM, at=noon)
    give_role(found, role_of("past", "user:delete"), at=noon - DAY, valid_until=noon)
    return found


def refusal() -> Event:
    return Event.objects.get(kind="rbac.group.refused")


class TestARefusal:
    def test_names_each_missing_permission_once_and_in_order(self, clerks: Group, bob: User, noon: datetime) -> None:
        outcome = memberships.add(clerks, bob, actor=actor(bob), at=noon)

        assert isinstance(outcome, Refused)
        assert refusal().data["missing"] == ["invoice:book", "invoice:pay", "invoice:view"]
        assert (refusal().actor_id, refusal().occurred_at) == (bob.pk, noon)

    def test_to_take_somebody_out_names_her_and_who_tried(
        self, clerks: Group, alice: User, bob: User, noon: datetime
    ) -> None:
        memberships.remove(clerks, alice, actor=actor(bob), at=noon)

        told = refusal()
        assert (told.data["attempted"], told.data["user_id"]) == ("remove_member", str(alice.pk))
        assert (told.actor_id, told.subject_id) == (bob.pk, str(clerks.pk))

    def test_to_delete_names_nobody_but_who_tried(self, clerks: Group, bob: User, noon: datetime) -> None:
        groups.delete(clerks, actor=actor(bob), at=noon)

        assert (refusal().data["attempted"], refusal().data["user_id"], refusal().actor_id) == ("delete", None, bob.pk)

    def test_to_take_out_who_is_above_names_what_puts_her_there(self, alice: User, bob: User, noon: datetime) -> None:
        group = group_of(alice)
        give(alice, "session:*", "invoice:pay", at=noon)

        memberships.remove(group, alice, actor=actor(bob), at=noon)

        assert refusal().data["missing"] == ["session:*"]


class TestWhatIsOver:
    def test_keeps_nobody_from_letting_in(self, over: Group, bob: User, noon: datetime) -> None:
        assert isinstance(memberships.add(over, bob, actor=actor(bob), at=noon), GroupMembership)

    def test_keeps_nobody_from_taking_out(self, over: Group, alice: User, bob: User, noon: datetime) -> None:
        assert memberships.remove(over, alice, actor=actor(bob), at=noon) is None

    def test_keeps_nobody_from_deleting_and_only_what_was_open_is_ended(
        self, over: Group, bob: User, noon: datetime
    ) -> None:
        past = over.role_assignments.open().get()

        assert groups.delete(over, actor=actor(bob), at=noon) is None

        told = Event.objects.filter(actor_id=bob.pk).order_by("pk").values_list("kind", "subject_id")
        assert list(told) == [("rbac.role_assignment.ended", str(past.pk)), ("rbac.group.deleted", str(over.pk))]

    def test_gives_a_group_no_rank(self, over: Group, bob: User, noon: datetime) -> None:
        given = give_role(over, role_of("low"), at=noon)

        assert not isinstance(assignments.end(given, actor=actor(bob), at=noon), Refused)


class TestWhatAGroupHolds:
    def test_is_not_ended_by_who_holds_a_part_of_it(self, clerks: Group, bob: User, noon: datetime) -> None:
        given = RoleAssignment.objects.get(group=clerks, role__name="payer")
        give(bob, "invoice:view", at=noon)

        assert isinstance(assignments.end(given, actor=actor(bob), at=noon), Refused)
        assert Event.objects.get(kind="rbac.role_assignment.refused").data["missing"] == ["invoice:pay"]

    def test_for_other_applications_puts_it_above_nobody(self, clerks: Group, bob: User, noon: datetime) -> None:
        given = give_role(clerks, role_of("low"), at=noon)

        assert not isinstance(assignments.end(given, actor=actor(bob), at=noon), Refused)


class TestWhatChangesNothing:
    def test_is_not_told(self, clerks: Group, alice: User, bob: User, noon: datetime) -> None:
        before = Event.objects.count()

        with suppress(DomainError):
            memberships.add(clerks, alice, actor=SYSTEM, at=noon)
        with suppress(DomainError):
            memberships.remove(clerks, bob, actor=SYSTEM, at=noon)
        with suppress(DomainError):
            groups.create("clerks", actor=SYSTEM, at=noon)
        groups.update(clerks, changes={"title": "", "scope": "/"}, actor=SYSTEM, at=noon + DAY)

        assert Event.objects.count() == before
        assert Group.objects.get().updated_at < noon + DAY

    def test_is_refused_all_the_same_to_who_has_read_another_version(self, clerks: Group, noon: datetime) -> None:
        with pytest.raises(VersionMismatch):
            groups.update(clerks, changes={"title": ""}, if_version=2, actor=SYSTEM, at=noon)

    def test_a_second_leaving_tells_nothing_more(self, clerks: Group, alice: User, noon: datetime) -> None:
        memberships.remove(clerks, alice, actor=actor(alice), at=noon)
        with suppress(DomainError):
            memberships.remove(clerks, alice, actor=actor(alice), at=noon)

        assert Event.objects.get(kind="rbac.group.member_removed").actor_id == alice.pk


class TestPower:
    @pytest.mark.parametrize(("begin", "end", "held"), [(0, 1, True), (1, 2, False), (-1, 0, False), (-1, None, True)])
    def test_is_what_somebody_holds_at_that_moment(
        self, alice: User, noon: datetime, begin: int, end: int | None, held: bool
    ) -> None:
        ends = None if end is None else noon + timedelta(days=end)
        give(alice, "role:add", scope="/acme", at=noon - 2 * DAY, valid_from=noon + begin * DAY, valid_until=ends)

        assert powers.held(actor(alice), "role:add", scope="/acme/eu", at=noon) is held
        assert not powers.held(actor(alice), "role:add", scope="/", at=noon)

    def test_is_no_more_than_the_proof_is_good_for(self, root: User, noon: datetime) -> None:
        by_key = replace(actor(root), bounds=frozenset({"role:view"}))

        held = [powers.held(by_key, name, scope="/", at=noon) for name in ("role:view", "role:add")]

        assert held == [True, False]

    def test_that_is_missing_is_told_with_its_place(self, alice: User, noon: datetime) -> None:
        with pytest.raises(MissingThere) as refused:
            powers.demand(actor(alice), "role:add", scope="/acme", at=noon)

        assert "role:add" in refused.value.detail
        assert "/acme" in refused.value.detail

    def test_is_everything_for_the_system_and_nothing_for_a_stranger(self, noon: datetime) -> None:
        stranger = Actor(kind=ActorKind.ANONYMOUS, ip="203.0.113.7")

        assert [powers.held(one, "role:add", scope="/", at=noon) for one in (SYSTEM, stranger)] == [True, False]
