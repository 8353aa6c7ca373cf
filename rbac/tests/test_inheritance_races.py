"""Roles that inherit, changed by several at once, on PostgreSQL with real threads."""

from datetime import datetime
from functools import partial
from itertools import pairwise
from threading import Barrier, Event

import pytest
from django.db import transaction

from accounts.models import User
from accounts.services import lifecycle
from common.actors import SYSTEM
from events.tests.fakes import at_once
from rbac import hierarchy, selectors
from rbac.errors import LastAdministrator, RoleCycle, RoleInUse
from rbac.models import Policy, Role
from rbac.services import assignments, inheritance, memberships, policy, roles
from rbac.tests.factories import give_role, group_of, role_of

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
ROUNDS = range(20)


def inherit(senior: Role, junior: Role, at: datetime) -> object:
    return roles.update(senior, changes={"inherits": [junior]}, actor=SYSTEM, at=at)


@pytest.mark.parametrize("count", [2, 3, 5])
def test_a_ring_is_closed_by_nobody(noon: datetime, count: int) -> None:
    for attempt in ROUNDS:
        around = [role_of(f"r-{attempt}-{n}") for n in range(count)]

        answers = at_once(*[lambda a=a, b=b: inherit(a, b, noon) for a, b in pairwise([*around, around[0]])])

        assert [type(one) for one in answers].count(RoleCycle) == 1, answers
        links = inheritance.below([role.pk for role in around])
        assert not [one for one in around if any(hierarchy.way(links, low, one.pk) for low in links.get(one.pk, ()))]


def test_a_role_is_not_inherited_while_it_is_deleted(noon: datetime) -> None:
    for attempt in ROUNDS:
        junior, senior = role_of(f"junior-{attempt}"), role_of(f"senior-{attempt}")

        answers = at_once(partial(inherit, senior, junior, noon), partial(roles.delete, junior, actor=SYSTEM, at=noon))

        kinds = sorted(type(one).__name__ for one in answers)
        assert kinds in (["NoneType", "NotFound"], [Role.__name__, RoleInUse.__name__])
        assert bool(inheritance.juniors_of(senior)) is Role.objects.filter(pk=junior.pk).exists()


@pytest.mark.parametrize("attempt", range(3))
def test_of_two_last_administrators_by_inheritance_and_by_a_group_one_stays(
    alice: User, bob: User, noon: datetime, attempt: int
) -> None:
    everything = role_of("all", "*:*")
    chief, group = role_of("chief", inherits=[everything]), group_of(bob)
    given = give_role(alice, chief, at=noon)
    give_role(group, everything, at=noon)

    answers = at_once(
        lambda: assignments.end(given, actor=SYSTEM, at=noon),
        lambda: memberships.remove(group, bob, actor=SYSTEM, at=noon),
        lambda: roles.update(chief, changes={"inherits": []}, actor=SYSTEM, at=noon),
    )

    assert LastAdministrator in {type(one) for one in answers}
    assert selectors.an_administrator_is_left(at=noon)


@pytest.mark.parametrize("attempt", range(3))
def test_of_two_last_administrators_of_whom_one_is_shut_out_one_stays(
    alice: User, bob: User, noon: datetime, attempt: int
) -> None:
    everything = role_of("all", "*:*")
    give_role(group_of(alice), everything, at=noon)
    given = give_role(bob, role_of("chief", inherits=[everything]), at=noon)

    answers = at_once(
        lambda: lifecycle.deactivate(alice, reason="test", actor=SYSTEM, at=noon),
        lambda: assignments.end(given, actor=SYSTEM, at=noon),
    )

    assert sorted(type(one).__name__ for one in answers) == [LastAdministrator.__name__, "bool"]
    assert selectors.an_administrator_is_left(at=noon)


def test_the_row_that_a_flush_took_away_is_laid_down_once(noon: datetime) -> None:
    Policy.objects.all().delete()

    answers = at_once(*[lambda n=n: role_of(f"r-{n}") for n in range(4)])

    assert {type(one) for one in answers} == {Role}
    assert Policy.objects.count() == 1


def test_those_that_only_hold_the_policy_do_not_wait_for_each_other() -> None:
    role_of("lays-down-the-policy")
    both_hold = Barrier(2)

    def hold() -> bool:
        with transaction.atomic():
            policy.hold(alone_if=lambda: False)
            return both_hold.wait(timeout=5) >= 0

    assert at_once(hold, hold) == [True, True]


def test_who_must_be_alone_waits_for_those_that_hold_it() -> None:
    held, order = Event(), list[str]()

    def share() -> None:
        with transaction.atomic():
            policy.hold(alone_if=lambda: False)
            held.set()
            order.append("shared")

    def alone() -> None:
        held.wait(timeout=5)
        with transaction.atomic():
            policy.hold(alone_if=lambda: True)
            order.append("alone")

    at_once(share, alone)

    assert order == ["shared", "alone"]
