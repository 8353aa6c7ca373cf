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
class AssignmentEvent(DomainEvent):
    """Of a person's role or of a machine's: one of `user_id` and `service_account_id` is there.

    Version 1 knew only people.
    """

    version = 2
    subject_type = "role_assignment"
    user_id: UUID | None
    service_account_id: UUID | None
    role_id: UUID
    role: str
    scope: str

    @property
    def holder_id(self) -> UUID:
        """Whose role it is."""
        found = self.user_id or self.service_account_id
        assert found, "an assignment has one holder"  # noqa: S101  for the reader and the type checker
        return found


@dataclass(frozen=True, kw_only=True)
class RoleAssigned(AssignmentEvent):
    """Why it was given stands in the assignment alone: people write names there."""

    kind = "rbac.role_assignment.created"
    valid_from: datetime | None
    valid_until: datetime | None


@dataclass(frozen=True, kw_only=True)
class RoleAssignmentEnded(AssignmentEvent):
    kind = "rbac.role_assignment.ended"


@dataclass(frozen=True, kw_only=True)
class RoleAssignmentRefused(AssignmentEvent):
    """Somebody tried to give or end what she does not hold herself. An assignment never made has its id only here."""

    kind = "rbac.role_assignment.refused"
    attempted: str
    missing: list[str]
