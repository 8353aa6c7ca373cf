"""Things of rbac found by what people call them, and what somebody can hand out."""

from datetime import datetime
from uuid import uuid4

import pytest

from accounts.models import User
from accounts.services import service_accounts
from common.actors import SYSTEM, Actor, ActorKind
from rbac import selectors
from rbac.models import Role, RoleAssignment
from rbac.selectors import finding
from rbac.selectors.giving import roles_to_give
from rbac.tests.access import DAY
from rbac.tests.factories import actor, give, give_role, group_of, role_of

pytestmark = pytest.mark.django_db


def test_roles_are_found_each_under_what_it_was_called(noon: datetime) -> None:
    clerk, lead = role_of("clerk"), role_of("lead")
    said = ["clerk", str(lead.pk).upper(), str(clerk.pk), "nobody", str(uuid4()), ""]

    found = selectors.roles_called(said)

    assert found == {"clerk": clerk, str(lead.pk).upper(): lead, str(clerk.pk): clerk}
    assert found == {text: role for text in said if (role := selectors.role_called(text))}


def test_assignments_are_found_by_themselves_their_holder_and_their_role(
    alice: User, bob: User, noon: datetime
) -> None:
    clerk, group = role_of("clerk"), group_of(name="clerks")
    machine = service_accounts.create("billing", actor=SYSTEM, at=noon)
    rows = {one: give_role(one, clerk, at=noon) for one in (alice, group, machine)}
    give(bob, "user:view", at=noon)

    def named(term: str) -> set[RoleAssignment]:
        return set(RoleAssignment.objects.filter(selectors.assignments_named(term)))

    assert [named(str(one.pk)) for one in rows] == [{row} for row in rows.values()]
    assert named(str(rows[alice].pk)) == named("ALICE@ex") == {rows[alice]}
    assert named("clerk") == set(rows.values())
    assert named("cler") == named("alice") == named("") == named(str(uuid4())) == named("lice@example.org") == set()


def test_what_a_pattern_gives_is_what_is_declared(noon: datetime) -> None:
    role_of("clerk", "invoice:view", "invoice:approve", "till:approve")

    assert selectors.declared_names(["invoice:*", "till:approve", "*:approve", "nothing:*"]) == {
        "invoice:*": ["invoice:approve", "invoice:view"],
        "till:approve": ["till:approve"],
        "*:approve": ["invoice:approve", "till:approve"],
        "nothing:*": [],
    }


def test_roles_that_give_something_are_named_in_order_inherited_or_by_a_wildcard(noon: datetime) -> None:
    low = role_of("low", "invoice:*")
    role_of("heir", inherits=[low]), role_of("all", "*:view"), role_of("other", "user:view")

    assert selectors.roles_giving("invoice:view") == ["all", "heir", "low"]
    assert selectors.roles_giving("payment:make") == []


def test_of_many_roles_that_give_something_a_few_are_named(noon: datetime) -> None:
    for number in range(finding.MOST_ROLES + 1):
        role_of(f"role-{number}", "invoice:view")

    assert len(selectors.roles_giving("invoice:view")) == finding.MOST_ROLES


@pytest.mark.parametrize(
    ("places", "names"),
    [
        ([], []),
        (["/"], ["empty"]),
        (["/acme"], ["clerk", "empty"]),
        (["/acme/eu"], ["clerk", "empty"]),
        (["/b", "/acme"], ["clerk", "empty"]),
    ],
)
def test_roles_to_give_are_those_wholly_held_at_one_of_the_places(
    alice: User, noon: datetime, places: list[str], names: list[str]
) -> None:
    clerk = role_of("clerk", "invoice:approve")
    give_role(alice, clerk, scope="/acme", at=noon, valid_until=noon + DAY)
    role_of("lead", "invoice:pay", inherits=[clerk]), role_of("empty")
    give(alice, "invoice:pay", scope="/b", at=noon, valid_from=noon + DAY)
    ids = {role.pk: role.name for role in Role.objects.filter(name__in=["clerk", "lead", "empty"])}

    found = roles_to_give(actor(alice), places, at=noon)

    assert sorted(ids[one] for one in found if one in ids) == names


def test_a_holder_is_found_by_kind_and_id(alice: User, noon: datetime) -> None:
    machine = service_accounts.create("billing", actor=SYSTEM, at=noon)

    found = [selectors.holder_of(kind, who) for kind in ActorKind for who in (alice.pk, machine.pk, None)]

    assert found == [alice, None, None, None, machine, None, *[None] * 6]


def test_who_outrank_somebody_are_those_with_power_over_this_server_that_he_lacks(
    alice: User, bob: User, root: User, noon: datetime
) -> None:
    give(alice, "session:*", at=noon)
    User.objects.filter(pk=root.pk).update(is_active=False)
    give(bob, "invoice:pay", at=noon)
    everybody = [alice.pk, bob.pk, root.pk, uuid4()]

    assert selectors.who_outrank(actor(bob), everybody, at=noon) == {alice.pk, root.pk}
    assert selectors.who_outrank(actor(alice), everybody, at=noon) == {root.pk}
    assert selectors.who_outrank(SYSTEM, everybody, at=noon) == frozenset()
    assert selectors.who_outrank(Actor(kind=ActorKind.ANONYMOUS), everybody, at=noon) == {alice.pk, root.pk}
