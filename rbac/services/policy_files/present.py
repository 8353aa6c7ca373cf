"""The policy that is there, as a file would say it: what is built in is no part of it."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from rbac.models import (
    Group,
    GroupMembership,
    Permission,
    Role,
    RoleAssignment,
    RoleAssignmentQuerySet,
    RoleInheritance,
    RolePermission,
    SeparatedRole,
    SeparationOfDuty,
)
from rbac.policy_files import documents
from rbac.policy_files.documents import Document, Given


def document(*, with_members: bool, at: datetime) -> Document:
    """A few statements, however much there is."""
    return Document(
        permissions=tuple(_permissions()),
        roles=tuple(_roles()),
        separation_of_duty=tuple(_separations()),
        groups=tuple(_groups(with_members=with_members, at=at)),
    )


def lasting(at: datetime) -> RoleAssignmentQuerySet:
    """What groups hold without an end. What begins or ends by the clock is no policy, and a file has no words for it."""
    held = RoleAssignment.objects.standing(at=at)
    return held.filter(group__isnull=False, valid_until=None)


def _permissions() -> Iterator[documents.Permission]:
    for name, description in Permission.objects.filter(is_builtin=False).values_list("name", "description"):
        yield documents.Permission(name=name, description=description)


def _roles() -> Iterator[documents.Role]:
    patterns = _collected(RolePermission.objects.values_list("role", "pattern"))
    juniors = _collected(RoleInheritance.objects.values_list("senior", "junior__name"))
    for role in Role.objects.filter(is_builtin=False):
        yield documents.Role(
            name=role.name,
            title=role.title,
            description=role.description,
            permissions=patterns.get(role.pk, frozenset()),
            inherits=juniors.get(role.pk, frozenset()),
            emergency_minutes=role.emergency_minutes,
        )


def _separations() -> Iterator[documents.Separation]:
    roles = _collected(SeparatedRole.objects.values_list("separation", "role__name"))
    for row in SeparationOfDuty.objects.all():
        yield documents.Separation(
            name=row.name,
            description=row.description,
            sort=row.kind,
            limit=row.limit,
            roles=roles.get(row.pk, frozenset()),
        )


def _groups(*, with_members: bool, at: datetime) -> Iterator[documents.Group]:
    rows = lasting(at).values_list("group", "role__name", "scope")
    roles = _collected((group, Given(role, scope)) for group, role, scope in rows)
    members = _collected(GroupMembership.objects.values_list("group", "user__email_canonical")) if with_members else {}
    for group in Group.objects.all():
        yield documents.Group(
            name=group.name,
            title=group.title,
            description=group.description,
            scope=group.scope,
            roles=roles.get(group.pk, frozenset()),
            members=members.get(group.pk, frozenset()) if with_members else None,
        )


def _collected(pairs: Iterable[tuple[Any, Any]]) -> dict[Any, frozenset[Any]]:
    found: dict[Any, set[Any]] = {}
    for key, value in pairs:
        found.setdefault(key, set()).add(value)
    return {key: frozenset(values) for key, values in found.items()}
