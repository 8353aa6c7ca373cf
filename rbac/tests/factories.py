"""Roles and assignments for tests, made as the system would make them."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from django.utils import timezone

from accounts.models import User
from common import permissions
from common.actors import SYSTEM, Actor, ActorKind
from rbac.decisions import Held
from rbac.errors import Refused
from rbac.models import Permission, Role, RoleAssignment
from rbac.selectors import Holder
from rbac.services import assignments, roles


def actor(user: User) -> Actor:
    return Actor(kind=ActorKind.USER, id=user.pk, label=str(user.pk))


def role_of(name: str, *patterns: str) -> Role:
    at = timezone.now()
    for pattern in filter(permissions.is_name, patterns):
        Permission.objects.get_or_create(name=pattern, defaults={"created_at": at})
    made = roles.create(name, permissions=patterns, actor=SYSTEM, at=at)
    assert not isinstance(made, Refused)
    return made


def give(user: Holder, *patterns: str, scope: str = "/", at: datetime | None = None, **terms: Any) -> RoleAssignment:
    """A role of her own that gives `patterns`."""
    role = role_of(f"role-{uuid4().hex[-12:]}", *patterns)
    return give_role(user, role, scope=scope, at=at, **terms)


def give_role(user: Holder, role: Role, *, at: datetime | None = None, **terms: Any) -> RoleAssignment:
    given = assignments.assign(user, role, actor=SYSTEM, at=at or timezone.now(), **terms)
    assert not isinstance(given, Refused)
    return given


def held(*patterns: str, scope: str = "/", begin: datetime | None = None, end: datetime | None = None) -> Held:
    return Held(
        assignment_id=uuid4(),
        role="clerk",
        scope=scope,
        patterns=frozenset(patterns),
        valid_from=begin,
        valid_until=end,
    )
