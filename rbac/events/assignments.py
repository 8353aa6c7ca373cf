"""Roles given, ended and refused."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from events.bus import DomainEvent


@dataclass(frozen=True, kw_only=True)
class AssignmentEvent(DomainEvent):
    """Of the role of a person, a machine or a group: one of `user_id`, `service_account_id` and `group_id` is there.

    Version 1 knew only people, version 2 no groups.
    """

    version = 3
    subject_type = "role_assignment"
    user_id: UUID | None
    service_account_id: UUID | None
    group_id: UUID | None
    role_id: UUID
    role: str
    scope: str

    @property
    def holder_id(self) -> UUID:
        """Whose role it is."""
        found = self.user_id or self.service_account_id or self.group_id
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
