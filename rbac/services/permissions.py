"""Declaring what can be allowed, describing it anew, and taking back what no role uses."""

from datetime import datetime

from django.db import IntegrityError, transaction

from common import permissions
from common.actors import Actor
from common.errors import FieldError, NotFound, VersionMismatch
from events.bus import publish
from rbac.errors import BuiltinPermission, InvalidPermissionName, PermissionExists, PermissionInUse
from rbac.events import PermissionDeclared, PermissionRemoved, PermissionUpdated
from rbac.models import Permission, RolePermission


@transaction.atomic
def declare(name: str, *, description: str = "", actor: Actor, at: datetime) -> Permission:
    if not permissions.is_name(name):
        fault = "A permission is named resource:action, in lower case and without wildcards."
        raise InvalidPermissionName(fault, errors=[FieldError("name", InvalidPermissionName.code, fault)])
    try:
        with transaction.atomic():
            permission = Permission.objects.create(name=name, description=description, created_at=at)
    except IntegrityError:
        raise PermissionExists(f"{name} is declared already.") from None
    publish(PermissionDeclared(subject_id=permission.pk, name=name), actor=actor, at=at)
    return permission


@transaction.atomic
def describe(
    permission: Permission, description: str | None, *, if_version: int | None = None, actor: Actor, at: datetime
) -> Permission:
    """What it is called never changes: roles and programs know it by its name. None leaves it described as it is."""
    found = _locked(permission, if_version)
    if description is None or description == found.description:
        return found
    found.description, found.version = description, found.version + 1
    found.save()
    publish(PermissionUpdated(subject_id=found.pk, name=found.name, changed=["description"]), actor=actor, at=at)
    return found


@transaction.atomic
def remove(permission: Permission, *, if_version: int | None = None, actor: Actor, at: datetime) -> None:
    found = _locked(permission, if_version)
    if RolePermission.objects.filter(pattern=found.name).exists():
        raise PermissionInUse(f"A role holds {found.name}.")
    found.delete()
    publish(PermissionRemoved(subject_id=permission.pk, name=found.name), actor=actor, at=at)


def _locked(permission: Permission, if_version: int | None) -> Permission:
    # Roles lock what they name, so that none can take this up while it goes.
    found = Permission.objects.select_for_update().filter(pk=permission.pk).first()
    if found is None:
        raise NotFound
    if if_version not in {None, found.version}:
        raise VersionMismatch
    if found.is_builtin:
        raise BuiltinPermission(f"{found.name} guards this server itself.")
    return found
