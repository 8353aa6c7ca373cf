"""What stands in a role: its own permissions, and the roles that it inherits from. The caller has decided that it may."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from common.actors import Actor
from common.errors import FieldError
from common.permissions import is_name, is_pattern
from events.bus import publish
from rbac import selectors
from rbac.errors import UnknownPermission
from rbac.events import RoleUpdated
from rbac.models import Permission, Role, RolePermission
from rbac.services import duties, inheritance, policy


class Contents(NamedTuple):
    patterns: frozenset[str]
    juniors: frozenset[UUID]

    def effective(self) -> frozenset[str]:
        return self.patterns | inheritance.given_by(self.juniors)

    def with_all_of(self, other: "Contents") -> "Contents":
        return Contents(self.patterns | other.patterns, self.juniors | other.juniors)


def of(role: Role) -> Contents:
    return Contents(frozenset(selectors.patterns_of(role)), inheritance.juniors_of(role))


def declared(patterns: Iterable[str]) -> frozenset[str]:
    """Wildcards, and permissions that have been declared and stay so until the transaction ends."""
    wanted = frozenset(patterns)
    names = {pattern for pattern in wanted if is_name(pattern)}
    found = Permission.objects.select_for_update().filter(name__in=names).order_by("pk").values_list("name", flat=True)
    wildcards = {pattern for pattern in wanted - names if is_pattern(pattern)}
    unknown = sorted(wanted - wildcards - set(found))
    if unknown:
        fault = f"Not declared: {', '.join(unknown)}."
        raise UnknownPermission(fault, errors=[FieldError("permissions", UnknownPermission.code, fault)])
    return wanted


def put(role: Role, wanted: Contents) -> None:
    """Under the lock of the policy."""
    role.held.exclude(pattern__in=wanted.patterns).delete()
    new = sorted(wanted.patterns - set(selectors.patterns_of(role)))
    RolePermission.objects.bulk_create(RolePermission(role=role, pattern=pattern) for pattern in new)
    inheritance.put(role, wanted.juniors)
    policy.changed()


def rewrite(role: Role, wanted: Contents, *, changed: list[str], actor: Actor, at: datetime) -> None:
    """Save the role with what stands in it from now on, and tell."""
    held = of(role)
    role.version, role.updated_at = role.version + 1, at
    role.save()
    if held != wanted:
        put(role, wanted)
    duties.check_heirs_of(wanted.juniors - held.juniors, senior=role.pk, at=at)
    fact = RoleUpdated(
        subject_id=role.pk,
        name=role.name,
        changed=sorted(changed),
        added=sorted(wanted.patterns - held.patterns),
        removed=sorted(held.patterns - wanted.patterns),
        inherits_added=inheritance.names_of(wanted.juniors - held.juniors),
        inherits_removed=inheritance.names_of(held.juniors - wanted.juniors),
    )
    publish(fact, actor=actor, at=at)
