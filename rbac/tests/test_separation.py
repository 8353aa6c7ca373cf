"""Separation of duty: nobody comes to hold what may not go together, by whatever way."""

from datetime import datetime, timedelta

import pytest

from accounts.models import ServiceAccount, User
from accounts.services import service_accounts
from common.actors import SYSTEM
from rbac import selectors
from rbac.errors import (
    DutiesNotSeparate,
)
from rbac.models import GroupMembership, Role, RoleAssignment, SeparationOfDuty
from rbac.services import assignments, memberships, roles
from rbac.tests.factories import give_role, group_of, role_of, separate

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def payer() -> Role:
    return role_of("payer", "invoice:pay")


@pytest.fixture
def approver() -> Role:
    return role_of("approver", "invoice:approve")


@pytest.fixture
def apart(payer: Role, approver: Role) -> SeparationOfDuty:
    """Who pays does not approve."""
    return separate(payer, approver, name="four-eyes")


@pytest.mark.usefixtures("apart")
class TestNobodyComesToHoldBoth:
    def test_by_two_assignments(self, alice: User, payer: Role, approver: Role, noon: datetime) -> None:
        give_role(alice, payer, at=noon)

        with pytest.raises(DutiesNotSeparate) as refusal:
            give_role(alice, approver, at=noon)

        assert refusal.value.members == {
            "separation": "four-eyes",
            "roles": ["approver", "payer"],
            "limit": 1,
            "violations": 1,
            "holders": [],
        }
        assert not RoleAssignment.objects.filter(role=approver).exists()

    def test_at_different_places(self, alice: User, payer: Role, approver: Role, noon: datetime) -> None:
        give_role(alice, payer, scope="/acme", at=noon)

        with pytest.raises(DutiesNotSeparate):
            give_role(alice, approver, scope="/other", at=noon)

    def test_at_different_times(self, alice: User, payer: Role, approver: Role, noon: datetime) -> None:
        give_role(alice, payer, at=noon, valid_from=noon + DAY, valid_until=noon + 2 * DAY)

        with pytest.raises(DutiesNotSeparate):
            give_role(alice, approver, at=noon, valid_from=noon + 3 * DAY)

    def test_by_a_role_that_inherits_one_of_them(
        self, alice: User, payer: Role, approver: Role, noon: datetime
    ) -> None:
        give_role(alice, payer, at=noon)
        chief = role_of("chief", inherits=[role_of("between", inherits=[approver])])

        with pytest.raises(DutiesNotSeparate):
            give_role(alice, chief, at=noon)

    def test_by_joining_a_group(self, alice: User, payer: Role, approver: Role, noon: datetime) -> None:
        group = group_of()
        give_role(group, payer, at=noon)
        give_role(alice, approver, at=noon)

        with pytest.raises(DutiesNotSeparate):
            memberships.add(group, alice, actor=SYSTEM, at=noon)

        assert not GroupMembership.objects.exists()

    def test_by_two_groups(self, alice: User, payer: Role, approver: Role, noon: datetime) -> None:
        give_role(group_of(alice), payer, at=noon)
        second = group_of()
        give_role(second, approver, at=noon)

        with pytest.raises(DutiesNotSeparate):
            memberships.add(second, alice, actor=SYSTEM, at=noon)

    def test_by_what_her_group_is_given(
        self, alice: User, bob: User, payer: Role, approver: Role, noon: datetime
    ) -> None:
        group = group_of(alice, bob)
        give_role(bob, payer, at=noon)

        with pytest.raises(DutiesNotSeparate) as refusal:
            give_role(group, approver, at=noon)

        assert refusal.value.members["violations"] == 1

    def test_by_what_she_is_given_beside_her_group(
        self, alice: User, payer: Role, approver: Role, noon: datetime
    ) -> None:
        give_role(group_of(alice), payer, at=noon)

        with pytest.raises(DutiesNotSeparate):
            give_role(alice, approver, at=noon)

    def test_by_what_her_role_comes_to_inherit(self, alice: User, payer: Role, approver: Role, noon: datetime) -> None:
        top = role_of("top", inherits=[middle := role_of("middle")])
        give_role(alice, top, at=noon)
        give_role(group_of(alice), payer, at=noon)

        with pytest.raises(DutiesNotSeparate):
            roles.update(middle, changes={"inherits": [approver]}, actor=SYSTEM, at=noon)

        assert not selectors.may(alice, "invoice:approve", at=noon)

    def test_even_if_she_is_a_machine(self, payer: Role, approver: Role, noon: datetime) -> None:
        robot: ServiceAccount = service_accounts.create("robot", actor=SYSTEM, at=noon)
        give_role(robot, payer, at=noon)

        with pytest.raises(DutiesNotSeparate):
            give_role(robot, approver, at=noon)

    def test_even_while_she_is_deactivated(self, alice: User, payer: Role, approver: Role, noon: datetime) -> None:
        User.objects.filter(pk=alice.pk).update(is_active=False)
        give_role(alice, payer, at=noon)

        with pytest.raises(DutiesNotSeparate):
            give_role(alice, approver, at=noon)


@pytest.mark.usefixtures("apart")
class TestWhatIsNoConflict:
    def test_one_role_however_often(self, alice: User, payer: Role, noon: datetime) -> None:
        give_role(alice, payer, at=noon)
        give_role(alice, payer, scope="/acme", at=noon)
        give_role(group_of(alice), payer, at=noon)

        assert selectors.may(alice, "invoice:pay", at=noon)

    def test_what_has_ended(self, alice: User, payer: Role, approver: Role, noon: datetime) -> None:
        given = give_role(alice, payer, at=noon)
        assignments.end(given, actor=SYSTEM, at=noon)
        give_role(alice, role_of("other"), at=noon)

        assert give_role(alice, approver, at=noon).ended_at is None

    def test_what_the_clock_has_ended(self, alice: User, payer: Role, approver: Role, noon: datetime) -> None:
        give_role(alice, payer, at=noon, valid_until=noon + DAY)

        assert give_role(alice, approver, at=noon + DAY).ended_at is None

    def test_a_group_that_she_has_left(self, alice: User, payer: Role, approver: Role, noon: datetime) -> None:
        group = group_of(alice)
        give_role(group, payer, at=noon)
        memberships.remove(group, alice, actor=SYSTEM, at=noon)

        assert give_role(alice, approver, at=noon).ended_at is None

    def test_two_people(self, alice: User, bob: User, payer: Role, approver: Role, noon: datetime) -> None:
        give_role(alice, payer, at=noon)

        assert give_role(bob, approver, at=noon).ended_at is None

    def test_a_group_of_both_without_members(self, payer: Role, approver: Role, noon: datetime) -> None:
        group = group_of()
        give_role(group, payer, at=noon)

        assert give_role(group, approver, at=noon).ended_at is None

    def test_a_junior_of_a_separated_role(self, alice: User, payer: Role, approver: Role, noon: datetime) -> None:
        low = role_of("low")
        roles.update(payer, changes={"inherits": [low]}, actor=SYSTEM, at=noon)
        give_role(alice, low, at=noon)

        assert give_role(alice, approver, at=noon).ended_at is None
