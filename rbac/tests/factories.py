"""Roles and assignments for tests, made as the system would make them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.utils import timezone

from accounts.models import User
from common import permissions
from common.actors import SYSTEM, Actor, ActorKind
from rbac.decisions import Held
from rbac.errors import Refused
from rbac.models import Group, Permission, Role, RoleAssignment, SeparationOfDuty
from rbac.selectors import Holder
from rbac.services import assignments, groups, memberships, roles, separation


def actor(user: User) -> Actor:
    return Actor(kind=ActorKind.USER, id=user.pk, label=str(user.pk))


def declare(*names: str) -> None:
    for name in names:
        Permission.objects.get_or_create(name=name, defaults={"created_at": timezone.now()})


def role_of(name: str, *patterns: str, inherits: Iterable[Role] = ()) -> Role:
    declare(*filter(permissions.is_name, patterns))
    made = roles.create(name, permissions=patterns, inherits=inherits, actor=SYSTEM, at=timezone.now())
    assert not isinstance(made, Refused)
    return made


def give(user: Holder, *patterns: str, scope: str = "/", at: datetime | None = None, **terms: Any) -> RoleAssignment:
    """A role of her own that gives `patterns`."""
    role = role_of(f"role-{uuid4().hex[-12:]}", *patterns)
    return give_role(user, role, scope=scope, at=at, **terms)


def give_role(user: Holder | Group, role: Role, *, at: datetime | None = None, **terms: Any) -> RoleAssignment:
    given = assignments.assign(user, role, actor=SYSTEM, at=at or timezone.now(), **terms)
    assert not isinstance(given, Refused)
    return given


def group_of(*members: User, name: str = "") -> Group:
    at = timezone.now()
    made = groups.create(name or f"group-{uuid4().hex[-12:]}", actor=SYSTEM, at=at)
    for member in members:
        assert not isinstance(memberships.add(made, member, actor=SYSTEM, at=at), Refused)
    return made


def separate(
    *kept_apart: Role, kind: str = "static", limit: int = 1, name: str = "", at: datetime | None = None
) -> SeparationOfDuty:
    made = separation.create(
        name or f"apart-{uuid4().hex[-12:]}",
        kind=kind,
        roles=kept_apart,
        limit=limit,
        actor=SYSTEM,
        at=at or timezone.now(),
    )
    assert not isinstance(made, Refused)
    return made


def held(*patterns: str, scope: str = "/", begin: datetime | None = None, end: datetime | None = None) -> Held:
    return Held(
        assignment_id=uuid4(),
        role_id=None,
        role="clerk",
        scope=scope,
        given=frozenset(patterns),
        valid_from=begin,
        valid_until=end,
    )
