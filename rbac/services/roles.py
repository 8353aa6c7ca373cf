"""Making, changing and deleting roles. Nobody makes a role give, or stop giving, what she does not hold herself."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import TypedDict
from uuid import UUID

from django.db import IntegrityError, transaction

from common.actors import Actor
from common.errors import FieldError, NotFound, VersionMismatch
from common.permissions import EVERYTHING, is_name, is_pattern
from events.bus import publish
from rbac import selectors
from rbac.errors import (
    BuiltinRole,
    InvalidRoleName,
    PrivilegeEscalation,
    Refused,
    RoleExists,
    RoleInUse,
    UnknownPermission,
)
from rbac.events import RoleChangeRefused, RoleCreated, RoleDeleted, RoleUpdated
from rbac.models import Permission, Role, RoleAssignment, RolePermission
from rbac.services import administrators

NAME = re.compile(r"[a-z][a-z0-9]*([_-][a-z0-9]+)*")
LONGEST_NAME = 80


class RoleChanges(TypedDict, total=False):
    title: str
    description: str
    permissions: list[str]


@transaction.atomic
def create(
    name: str, *, permissions: Iterable[str], title: str = "", description: str = "", actor: Actor, at: datetime
) -> Role | Refused:
    role = Role(name=_checked(name), title=title, description=description, created_at=at, updated_at=at)
    wanted = _declared(permissions)
    if missing := selectors.beyond(actor, wanted, at=at):
        return _refused(role, "create", missing, actor=actor, at=at)
    try:
        with transaction.atomic():
            role.save(force_insert=True)
    except IntegrityError:
        raise RoleExists(f"There is a role named {name} already.") from None
    hold(role, wanted)
    publish(RoleCreated(subject_id=role.pk, name=name, permissions=sorted(wanted)), actor=actor, at=at)
    return role


@transaction.atomic
def update(
    role: Role, *, changes: RoleChanges, if_version: int | None = None, actor: Actor, at: datetime
) -> Role | Refused:
    """What the role is called never changes: others know it by its name."""
    role, held = _locked(role, if_version)
    wanted = _declared(changes["permissions"]) if "permissions" in changes else held
    if held != wanted and (missing := selectors.beyond(actor, held | wanted, at=at)):
        return _refused(role, "update", missing, actor=actor, at=at)
    changed = _put(role, changes)
    if not changed and held == wanted:
        return role
    rewrite(role, wanted, changed=changed, actor=actor, at=at)
    if EVERYTHING in held - wanted:
        administrators.keep_one(at=at)
    return role


@transaction.atomic
def delete(role: Role, *, if_version: int | None = None, actor: Actor, at: datetime) -> Refused | None:
    role, held = _locked(role, if_version)
    if missing := selectors.beyond(actor, held, at=at):
        return _refused(role, "delete", missing, actor=actor, at=at)
    if RoleAssignment.objects.unfinished(at=at).filter(role=role).exists():
        raise RoleInUse(f"Somebody holds {role.name}, or soon will.")
    # What is over stays told by the audit trail.
    RoleAssignment.objects.filter(role=role).delete()
    publish(RoleDeleted(subject_id=role.pk, name=role.name), actor=actor, at=at)
    role.delete()
    return None


def rewrite(role: Role, wanted: frozenset[str], *, changed: list[str], actor: Actor, at: datetime) -> None:
    """Save the role with what it gives from now on; the caller holds its row locked and has decided that this may be."""
    held = frozenset(selectors.patterns_of(role))
    hold(role, wanted)
    role.version, role.updated_at = role.version + 1, at
    role.save()
    fact = RoleUpdated(
        subject_id=role.pk,
        name=role.name,
        changed=sorted(changed),
        added=sorted(wanted - held),
        removed=sorted(held - wanted),
    )
    publish(fact, actor=actor, at=at)


def hold(role: Role, wanted: frozenset[str]) -> None:
    role.held.exclude(pattern__in=wanted).delete()
    held = set(selectors.patterns_of(role))
    RolePermission.objects.bulk_create(RolePermission(role=role, pattern=pattern) for pattern in sorted(wanted - held))


def _locked(role: Role, if_version: int | None) -> tuple[Role, frozenset[str]]:
    if role.held.filter(pattern=EVERYTHING).exists():
        administrators.lock()
    found = Role.objects.select_for_update().filter(pk=role.pk).first()
    if found is None:
        raise NotFound
    if if_version not in {None, found.version}:
        raise VersionMismatch
    if found.is_builtin:
        raise BuiltinRole(f"{found.name} is built in. Make a role of your own that gives what you need.")
    return found, frozenset(selectors.patterns_of(found))


def _put(role: Role, changes: RoleChanges) -> list[str]:
    traits = {"title": changes.get("title", role.title), "description": changes.get("description", role.description)}
    changed = [trait for trait, value in traits.items() if getattr(role, trait) != value]
    for trait in changed:
        setattr(role, trait, traits[trait])
    return changed


def _checked(name: str) -> str:
    if NAME.fullmatch(name) and len(name) <= LONGEST_NAME and not _is_id(name):
        return name
    fault = "A role is named in lower case, such as invoice-clerk: letters and digits, with dashes between them."
    raise InvalidRoleName(fault, errors=[FieldError("name", InvalidRoleName.code, fault)])


def _is_id(name: str) -> bool:
    # Where a role is wanted its id or its name may be given, so no name may pass for an id.
    try:
        UUID(name)
    except ValueError:
        return False
    return True


def _declared(patterns: Iterable[str]) -> frozenset[str]:
    wanted = frozenset(patterns)
    names = {pattern for pattern in wanted if is_name(pattern)}
    declared = (
        Permission.objects.select_for_update().filter(name__in=names).order_by("pk").values_list("name", flat=True)
    )
    wildcards = {pattern for pattern in wanted - names if is_pattern(pattern)}
    unknown = sorted(wanted - wildcards - set(declared))
    if unknown:
        fault = f"Not declared: {', '.join(unknown)}."
        raise UnknownPermission(fault, errors=[FieldError("permissions", UnknownPermission.code, fault)])
    return wanted


def _refused(role: Role, attempted: str, missing: list[str], *, actor: Actor, at: datetime) -> Refused:
    fact = RoleChangeRefused(subject_id=role.pk, name=role.name, attempted=attempted, missing=missing)
    publish(fact, actor=actor, at=at)
    return Refused(PrivilegeEscalation(missing, "everywhere"))
