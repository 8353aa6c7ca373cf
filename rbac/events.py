"""What rbac tells the others: permissions declared, roles changed, assignments given, ended and refused."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from events.bus import DomainEvent


@dataclass(frozen=True, kw_only=True)
class PermissionDeclared(DomainEvent):
    kind = "rbac.permission.declared"
    subject_type = "permission"
    name: str


@dataclass(frozen=True, kw_only=True)
class PermissionRemoved(DomainEvent):
    kind = "rbac.permission.removed"
    subject_type = "permission"
    name: str


@dataclass(frozen=True, kw_only=True)
class RoleCreated(DomainEvent):
    kind = "rbac.role.created"
    subject_type = "role"
    name: str
    permissions: list[str]


@dataclass(frozen=True, kw_only=True)
class RoleUpdated(DomainEvent):
    """`changed` names the fields; what the role gives more and less stands in `added` and `removed`."""

    kind = "rbac.role.updated"
    subject_type = "role"
    name: str
    changed: list[str]
    added: list[str]
    removed: list[str]


@dataclass(frozen=True, kw_only=True)
class RoleDeleted(DomainEvent):
    kind = "rbac.role.deleted"
    subject_type = "role"
    name: str


@dataclass(frozen=True, kw_only=True)
class RoleChangeRefused(DomainEvent):
    """Somebody tried to make, change or delete a role that gives more than she holds. A role never made has its id only here."""

    kind = "rbac.role.refused"
    subject_type = "role"
    name: str
    attempted: str
    missing: list[str]


@dataclass(frozen=True, kw_only=True)
class RoleAssigned(DomainEvent):
    """Why it was given stands in the assignment alone: people write names there."""

    kind = "rbac.role_assignment.created"
    subject_type = "role_assignment"
    user_id: UUID
    role_id: UUID
    role: str
    scope: str
    valid_from: datetime | None
    valid_until: datetime | None


@dataclass(frozen=True, kw_only=True)
class RoleAssignmentEnded(DomainEvent):
    kind = "rbac.role_assignment.ended"
    subject_type = "role_assignment"
    user_id: UUID
    role_id: UUID
    role: str
    scope: str


@dataclass(frozen=True, kw_only=True)
class RoleAssignmentRefused(DomainEvent):
    """Somebody tried to give or end what she does not hold herself. An assignment never made has its id only here."""

    kind = "rbac.role_assignment.refused"
    subject_type = "role_assignment"
    user_id: UUID
    role_id: UUID
    role: str
    scope: str
    attempted: str
    missing: list[str]
