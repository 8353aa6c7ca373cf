"""Making, changing and deleting separations of duty: roles that one may not hold, or not have active, together.

What a separation does to a role is a change of the role: who makes or unmakes it holds all that these roles give.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any, TypedDict

from django.db import IntegrityError, transaction

from common.actors import Actor
from common.errors import FieldError, NotFound, VersionMismatch
from events.bus import publish
from rbac import selectors
from rbac.errors import InvalidSeparation, InvalidSeparationName, PrivilegeEscalation, Refused, SeparationExists
from rbac.events import SeparationChangeRefused, SeparationCreated, SeparationDeleted, SeparationUpdated
from rbac.limits import MOST_ROLES_APART
from rbac.models import Role, SeparatedRole, SeparationKind, SeparationOfDuty
from rbac.separation import Separation
from rbac.services import duties, inheritance, names, policy


class SeparationChanges(TypedDict, total=False):
    description: str
    kind: str
    roles: list[Role]
    limit: int


@transaction.atomic
def create(
    name: str, *, kind: str, roles: Collection[Role], limit: int = 1, description: str = "", actor: Actor, at: datetime
) -> SeparationOfDuty | Refused:
    """`DutiesNotSeparate` where somebody holds too many of the roles already, `BrokenByOneRole` where a role inherits too many."""
    policy.lock()
    row = SeparationOfDuty(name=names.checked(name, InvalidSeparationName), kind=kind, limit=limit)
    row.description, row.created_at, row.updated_at = description, at, at
    wanted = _wanted(row, roles)
    if missing := _beyond(actor, wanted, at=at):
        return _refused(row, "create", missing, actor=actor, at=at)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise SeparationExists(f"There is a separation of duty named {name} already.") from None
    _put(row, wanted, at=at)
    publish(SeparationCreated(subject_id=row.pk, **_told(row, wanted)), actor=actor, at=at)
    return row


@transaction.atomic
def update(
    row: SeparationOfDuty,
    *,
    changes: SeparationChanges,
    if_version: int | None = None,
    actor: Actor,
    at: datetime,
) -> SeparationOfDuty | Refused:
    row, held = _locked(row, if_version)
    changed = _set(row, changes)
    wanted = _wanted(row, changes["roles"]) if "roles" in changes else _checked(row, held)
    changed += ["roles"] if wanted.roles != held.roles else []
    if not changed:
        return row
    both = Separation(name=row.name, roles=held.roles | wanted.roles, limit=row.limit)
    is_more_than_words = changed != ["description"]
    if is_more_than_words and (missing := _beyond(actor, both, at=at)):
        return _refused(row, "update", missing, actor=actor, at=at)
    row.version, row.updated_at = row.version + 1, at
    row.save()
    if is_more_than_words:
        _put(row, wanted, at=at)
    publish(SeparationUpdated(subject_id=row.pk, **_told(row, wanted), changed=sorted(changed)), actor=actor, at=at)
    return row


@transaction.atomic
def delete(row: SeparationOfDuty, *, if_version: int | None = None, actor: Actor, at: datetime) -> Refused | None:
    row, held = _locked(row, if_version)
    if missing := _beyond(actor, held, at=at):
        return _refused(row, "delete", missing, actor=actor, at=at)
    publish(SeparationDeleted(subject_id=row.pk, name=row.name), actor=actor, at=at)
    row.delete()
    policy.changed()
    return None


def _locked(row: SeparationOfDuty, if_version: int | None) -> tuple[SeparationOfDuty, Separation]:
    policy.lock()
    found = SeparationOfDuty.objects.filter(pk=row.pk).first()
    if found is None:
        raise NotFound
    if if_version not in {None, found.version}:
        raise VersionMismatch
    return found, duties.value_of(found)


def _set(row: SeparationOfDuty, changes: SeparationChanges) -> list[str]:
    said = {"description": row.description, "kind": row.kind, "limit": row.limit, **changes}
    changed = [trait for trait in ("description", "kind", "limit") if getattr(row, trait) != said[trait]]
    for trait in changed:
        setattr(row, trait, said[trait])
    return changed


def _wanted(row: SeparationOfDuty, roles: Collection[Role]) -> Separation:
    # Under the lock of the policy none of them goes any more.
    ids = frozenset(role.pk for role in roles)
    if Role.objects.filter(pk__in=ids).count() < len(ids):
        raise NotFound("There is no such role.")
    return _checked(row, Separation(name=row.name, roles=ids, limit=row.limit))


def _checked(row: SeparationOfDuty, wanted: Separation) -> Separation:
    if not row.limit < len(wanted.roles) <= MOST_ROLES_APART:
        fault = f"It names at most {MOST_ROLES_APART} roles, and more than the {row.limit} that one may have of them."
        raise InvalidSeparation(fault, errors=[FieldError("roles", InvalidSeparation.code, fault)])
    return Separation(name=row.name, roles=wanted.roles, limit=row.limit)


def _put(row: SeparationOfDuty, wanted: Separation, *, at: datetime) -> None:
    row.separated.exclude(role__in=wanted.roles).delete()
    new = sorted(wanted.roles.difference(row.separated.values_list("role_id", flat=True)))
    SeparatedRole.objects.bulk_create(SeparatedRole(separation=row, role_id=role) for role in new)
    duties.check_every_role(wanted)
    if row.kind == SeparationKind.STATIC:
        duties.check_everybody(wanted, at=at)
    policy.changed()


def _beyond(actor: Actor, wanted: Separation, *, at: datetime) -> list[str]:
    return selectors.beyond(actor, inheritance.given_by(wanted.roles), at=at)


def _told(row: SeparationOfDuty, wanted: Separation) -> dict[str, Any]:
    names_of_roles = inheritance.names_of(wanted.roles)
    return {"name": row.name, "separates": str(row.kind), "roles": names_of_roles, "limit": row.limit}


def _refused(row: SeparationOfDuty, attempted: str, missing: list[str], *, actor: Actor, at: datetime) -> Refused:
    fact = SeparationChangeRefused(subject_id=row.pk, name=row.name, attempted=attempted, missing=missing)
    publish(fact, actor=actor, at=at)
    return Refused(PrivilegeEscalation(missing, "everywhere"))
