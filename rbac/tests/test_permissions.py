"""Declaring permissions, describing them anew and taking them back."""

from datetime import datetime

import pytest

from accounts.models import User
from common.actors import SYSTEM
from common.errors import NotFound, VersionMismatch
from events.models import Event
from rbac.errors import BuiltinPermission, InvalidPermissionName, PermissionExists, PermissionInUse
from rbac.models import Permission
from rbac.services import permissions
from rbac.tests.factories import actor, role_of

pytestmark = pytest.mark.django_db


def test_a_declared_permission_is_told_with_who_declared_it(alice: User, noon: datetime) -> None:
    made = permissions.declare("invoice:approve", description="Approve it", actor=actor(alice), at=noon)

    fact = Event.objects.get(kind="rbac.permission.declared")
    assert (fact.subject_id, fact.actor_id, fact.data) == (str(made.pk), alice.pk, {"name": "invoice:approve"})


@pytest.mark.parametrize(
    "name", ["", "invoice", "invoice:*", "*:*", "Invoice:approve", "a:b:c", "a: b", "a:b\n", "1:a"]
)
def test_a_name_of_another_form_is_refused(name: str, noon: datetime) -> None:
    with pytest.raises(InvalidPermissionName):
        permissions.declare(name, actor=SYSTEM, at=noon)


def test_a_permission_is_declared_once(noon: datetime) -> None:
    permissions.declare("invoice:approve", actor=SYSTEM, at=noon)

    with pytest.raises(PermissionExists):
        permissions.declare("invoice:approve", actor=SYSTEM, at=noon)


def test_what_a_role_holds_is_described_anew_and_told(alice: User, noon: datetime) -> None:
    role_of("clerk", "invoice:approve")
    held = Permission.objects.get(name="invoice:approve")

    described = permissions.describe(held, "Approve it", if_version=1, actor=actor(alice), at=noon)

    held.refresh_from_db()
    assert (held.description, held.version, described.version) == ("Approve it", 2, 2)
    fact = Event.objects.get(kind="rbac.permission.updated")
    assert (fact.subject_id, fact.actor_id) == (str(held.pk), alice.pk)
    assert fact.data == {"name": "invoice:approve", "changed": ["description"]}


@pytest.mark.parametrize("same", ["Approve it", None])
def test_what_changes_nothing_is_no_event_and_no_new_version(noon: datetime, same: str | None) -> None:
    made = permissions.declare("invoice:approve", description="Approve it", actor=SYSTEM, at=noon)

    described = permissions.describe(made, same, actor=SYSTEM, at=noon)

    assert (described.description, described.version) == ("Approve it", 1)
    assert not Event.objects.filter(kind="rbac.permission.updated").exists()


def test_of_two_who_describe_one_permission_the_second_is_told(noon: datetime) -> None:
    made = permissions.declare("invoice:approve", actor=SYSTEM, at=noon)
    permissions.describe(made, "First", if_version=1, actor=SYSTEM, at=noon)

    with pytest.raises(VersionMismatch):
        permissions.describe(made, "Second", if_version=1, actor=SYSTEM, at=noon)
    with pytest.raises(VersionMismatch):
        permissions.remove(made, if_version=1, actor=SYSTEM, at=noon)

    assert Permission.objects.get(pk=made.pk).description == "First"


def test_what_is_gone_is_not_described(noon: datetime) -> None:
    made = permissions.declare("invoice:approve", actor=SYSTEM, at=noon)
    Permission.objects.filter(pk=made.pk).delete()

    with pytest.raises(NotFound):
        permissions.describe(made, "Approve it", actor=SYSTEM, at=noon)

    assert not Permission.objects.filter(pk=made.pk).exists()


def test_what_the_server_needs_is_described_by_the_server(noon: datetime) -> None:
    guard = Permission.objects.get(name="user:view")

    with pytest.raises(BuiltinPermission):
        permissions.describe(guard, "Harmless", actor=SYSTEM, at=noon)

    assert Permission.objects.get(pk=guard.pk).description == guard.description


def test_an_unused_permission_can_be_removed(noon: datetime) -> None:
    made = permissions.declare("invoice:approve", actor=SYSTEM, at=noon)

    permissions.remove(made, actor=SYSTEM, at=noon)

    assert not Permission.objects.filter(name="invoice:approve").exists()
    assert Event.objects.get(kind="rbac.permission.removed").data == {"name": "invoice:approve"}


def test_what_a_role_holds_or_the_server_needs_stays(noon: datetime) -> None:
    role_of("clerk", "invoice:approve")

    with pytest.raises(PermissionInUse):
        permissions.remove(Permission.objects.get(name="invoice:approve"), actor=SYSTEM, at=noon)
    with pytest.raises(BuiltinPermission):
        permissions.remove(Permission.objects.get(name="user:view"), actor=SYSTEM, at=noon)
