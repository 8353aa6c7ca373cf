"""Policy files and others at once, on PostgreSQL with real threads: nobody waits for each other in a ring, and rules hold."""

from datetime import datetime
from typing import Any

import pytest

from accounts.models import User
from common.actors import SYSTEM
from events.models import Event
from events.tests.fakes import at_once
from rbac.errors import AlreadyMember, DutiesNotSeparate
from rbac.models import Group, GroupMembership, Role, RoleAssignment
from rbac.services import groups, memberships, roles
from rbac.services.policy_files.carrying_out import Outcome
from rbac.tests.factories import give_role, role_of
from rbac.tests.policy_files import applied, planned

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

FILE = """
    roles:
      - {name: clerk, title: %s}
      - {name: lead, inherits: [clerk]}
    groups:
      - {name: emea, roles: [{role: lead, scope: /acme}], members: [alice@example.org, bob@example.org]}
    """
SEPARATED = """
    separation_of_duty: [{name: eyes, kind: static, roles: [clerk, lead]}]
    groups: [{name: emea, roles: [{role: clerk}], members: [alice@example.org]}]
    """


def test_of_many_who_bring_one_file_at_once_one_does_it(alice: User, bob: User, root: User, noon: datetime) -> None:
    answers = at_once(*[lambda: applied(FILE % "Clerk", at=noon)] * 4)

    assert sorted(len(answer.comparison.steps) for answer in answers) == [0, 0, 0, 3]
    assert Event.objects.filter(kind="rbac.role.created").count() == 2
    assert GroupMembership.objects.count() == 2


@pytest.mark.parametrize("attempt", range(5))
def test_they_wait_for_each_other_even_where_no_person_or_group_is_named(noon: datetime, attempt: int) -> None:
    answers = at_once(*[lambda: applied("roles: [{name: clerk}]", at=noon)] * 4)

    assert sorted(len(answer.comparison.steps) for answer in answers) == [0, 0, 0, 1]
    assert [answer.refusals for answer in answers] == [()] * 4


@pytest.mark.parametrize("attempt", range(10))
def test_a_file_and_those_who_change_the_same_by_hand_all_come_through(
    alice: User, bob: User, root: User, noon: datetime, attempt: int
) -> None:
    clerk = role_of("clerk")
    group = groups.create("emea", actor=SYSTEM, at=noon)
    memberships.add(group, bob, actor=SYSTEM, at=noon)

    answers = at_once(
        lambda: applied(FILE % "Clerk", at=noon),
        lambda: planned(FILE % "Other", at=noon),
        lambda: memberships.add(group, alice, actor=SYSTEM, at=noon),
        lambda: give_role(bob, clerk, at=noon),
        lambda: give_role(group, clerk, at=noon),
        lambda: roles.update(clerk, changes={"description": "by hand"}, actor=SYSTEM, at=noon),
        lambda: groups.update(group, changes={"title": "by hand"}, actor=SYSTEM, at=noon),
    )

    whole: tuple[Any, ...] = (
        Outcome,
        Outcome,
        (GroupMembership, AlreadyMember),
        RoleAssignment,
        RoleAssignment,
        Role,
        Group,
    )
    assert [(type(a), a) for a, kind in zip(answers, whole, strict=True) if not isinstance(a, kind)] == []
    assert set(group.memberships.values_list("user", flat=True)) == {alice.pk, bob.pk}


@pytest.mark.parametrize("attempt", range(10))
def test_a_file_that_separates_and_one_who_joins_never_both_have_their_way(
    alice: User, root: User, noon: datetime, attempt: int
) -> None:
    role_of("clerk")
    lead = role_of("lead")

    outcome, given = at_once(lambda: applied(SEPARATED, at=noon), lambda: give_role(alice, lead, at=noon))

    assert isinstance(given, (RoleAssignment, DutiesNotSeparate))
    assert outcome.may_stand is isinstance(given, DutiesNotSeparate)
    assert Group.objects.exists() is outcome.may_stand
