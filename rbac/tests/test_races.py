"""Two at once, on PostgreSQL with real threads: the rules hold as if one had come after the other."""

from datetime import datetime

import pytest

from accounts.models import User
from common.actors import SYSTEM
from events.models import Event
from events.tests.fakes import at_once
from rbac import selectors
from rbac.errors import AlreadyAssigned, LastAdministrator, PermissionInUse, RoleInUse, UnknownPermission
from rbac.models import Permission, Role, RoleAssignment, RolePermission
from rbac.services import assignments, builtin, permissions, roles
from rbac.tests.factories import give, give_role, role_of

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


def kinds(answers: list[object]) -> list[str]:
    return sorted(type(answer).__name__ for answer in answers)


def test_a_role_that_many_give_at_once_is_given_once(alice: User, noon: datetime) -> None:
    role = role_of("clerk")

    answers = at_once(*[lambda: give_role(alice, role, at=noon)] * 8)

    assert kinds(answers) == [AlreadyAssigned.__name__] * 7 + [RoleAssignment.__name__]
    assert Event.objects.filter(kind="rbac.role_assignment.created").count() == 1


def test_an_assignment_that_many_end_at_once_ends_once(alice: User, noon: datetime) -> None:
    given = give(alice, "user:view", at=noon)

    answers = at_once(*[lambda: assignments.end(given, actor=SYSTEM, at=noon)] * 8)

    assert sorted(answers) == [False] * 7 + [True]
    assert Event.objects.filter(kind="rbac.role_assignment.ended").count() == 1


@pytest.mark.parametrize("attempt", range(5))
def test_of_two_last_administrators_who_go_at_once_one_stays(
    alice: User, bob: User, noon: datetime, attempt: int
) -> None:
    first, second = give(alice, "*:*", at=noon), give(bob, "*:*", at=noon)

    answers = at_once(*[lambda a=a: assignments.end(a, actor=SYSTEM, at=noon) for a in (first, second)])

    assert kinds(answers) == [LastAdministrator.__name__, "bool"]
    assert selectors.an_administrator_is_left(at=noon)


@pytest.mark.parametrize("attempt", range(5))
def test_a_role_is_not_given_while_it_is_deleted(alice: User, noon: datetime, attempt: int) -> None:
    role = role_of("clerk")

    answers = at_once(lambda: give_role(alice, role, at=noon), lambda: roles.delete(role, actor=SYSTEM, at=noon))

    assert kinds(answers) in ([RoleAssignment.__name__, RoleInUse.__name__], ["NoneType", "NotFound"])
    assert RoleAssignment.objects.exists() is Role.objects.filter(pk=role.pk).exists()


@pytest.mark.parametrize("attempt", range(5))
def test_a_permission_is_not_taken_up_while_it_is_removed(noon: datetime, attempt: int) -> None:
    permission = permissions.declare("invoice:approve", actor=SYSTEM, at=noon)

    answers = at_once(
        lambda: roles.create("clerk", permissions=["invoice:approve"], actor=SYSTEM, at=noon),
        lambda: permissions.remove(permission, actor=SYSTEM, at=noon),
    )

    assert kinds(answers) in ([PermissionInUse.__name__, Role.__name__], ["NoneType", UnknownPermission.__name__])
    held = RolePermission.objects.filter(pattern="invoice:approve").exists()
    assert held is Permission.objects.filter(pk=permission.pk).exists()


def test_of_two_who_change_a_version_at_once_one_is_told(noon: datetime) -> None:
    role = role_of("clerk")

    def rename(title: str) -> object:
        return roles.update(role, changes={"title": title}, if_version=1, actor=SYSTEM, at=noon)

    assert kinds(at_once(lambda: rename("A"), lambda: rename("B"))) == [Role.__name__, "VersionMismatch"]


@pytest.mark.parametrize("attempt", range(5))
def test_of_many_who_describe_a_permission_at_once_one_has_seen_it(noon: datetime, attempt: int) -> None:
    permission = permissions.declare("invoice:approve", actor=SYSTEM, at=noon)

    def describe(words: str) -> object:
        return permissions.describe(permission, words, if_version=1, actor=SYSTEM, at=noon)

    answers = at_once(*[lambda words=words: describe(words) for words in "ABCDEFGH"])

    assert kinds(answers) == [Permission.__name__] + ["VersionMismatch"] * 7
    assert Event.objects.filter(kind="rbac.permission.updated").count() == 1


def test_nodes_that_start_at_once_lay_down_one_set(noon: datetime) -> None:
    Permission.objects.all().delete()

    answers = at_once(*[lambda: builtin.install(at=noon)] * 4)

    assert answers == [None] * 4
    assert Event.objects.filter(kind="rbac.role.created").count() == len(builtin.ROLES)
    assert Permission.objects.filter(name="user:view").count() == 1
