"""Permissions declared, described anew and removed."""

from dataclasses import dataclass

from events.bus import DomainEvent


@dataclass(frozen=True, kw_only=True)
class PermissionDeclared(DomainEvent):
    kind = "rbac.permission.declared"
    subject_type = "permission"
    name: str


@dataclass(frozen=True, kw_only=True)
class PermissionUpdated(DomainEvent):
    """`changed` names the fields."""

    kind = "rbac.permission.updated"
    subject_type = "permission"
    name: str
    changed: list[str]


@dataclass(frozen=True, kw_only=True)
class PermissionRemoved(DomainEvent):
    kind = "rbac.permission.removed"
    subject_type = "permission"
    name: str
