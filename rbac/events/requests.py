"""Roles asked for, and what became of that. Why somebody asked, and what was noted, stands in the request alone."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from events.bus import DomainEvent


@dataclass(frozen=True, kw_only=True)
class RoleRequestEvent(DomainEvent):
    subject_type = "role_request"
    user_id: UUID
    role_id: UUID
    role: str
    scope: str
    until: datetime


@dataclass(frozen=True, kw_only=True)
class RoleRequested(RoleRequestEvent):
    """`extends` is the assignment that she wishes to keep for longer."""

    kind = "rbac.role_request.created"
    extends: UUID | None


@dataclass(frozen=True, kw_only=True)
class RoleRequestApproved(RoleRequestEvent):
    """`until` is what was asked for; the assignment may end earlier."""

    kind = "rbac.role_request.approved"
    assignment_id: UUID


@dataclass(frozen=True, kw_only=True)
class RoleRequestDenied(RoleRequestEvent):
    kind = "rbac.role_request.denied"


@dataclass(frozen=True, kw_only=True)
class RoleRequestWithdrawn(RoleRequestEvent):
    kind = "rbac.role_request.withdrawn"


@dataclass(frozen=True, kw_only=True)
class RoleRequestLapsed(RoleRequestEvent):
    """Nobody decided it before the time for which the role was wanted was over."""

    kind = "rbac.role_request.lapsed"


@dataclass(frozen=True, kw_only=True)
class GlassBroken(DomainEvent):
    """Somebody took an emergency role at once, without anybody's approval."""

    kind = "rbac.role.glass_broken"
    subject_type = "role"
    user_id: UUID
    role: str
    scope: str
    until: datetime
    assignment_id: UUID
    request_id: UUID


@dataclass(frozen=True, kw_only=True)
class RoleAssignmentExpiring(DomainEvent):
    """Told once, some time before the clock ends it. `told_id` is who is mailed: the holder, or whoever gave it."""

    kind = "rbac.role_assignment.expiring"
    subject_type = "role_assignment"
    role_id: UUID
    role: str
    scope: str
    valid_until: datetime
    told_id: UUID | None
