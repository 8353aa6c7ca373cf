"""Declaring permissions and taking them back."""

from datetime import datetime

import pytest

from accounts.models import User
from common.actors import SYSTEM
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
