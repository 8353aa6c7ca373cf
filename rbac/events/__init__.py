"""What rbac tells the others: one module for each subject."""

from rbac.events.assignments import AssignmentEvent, RoleAssigned, RoleAssignmentEnded, RoleAssignmentRefused
from rbac.events.groups import (
    GroupChangeRefused,
    GroupCreated,
    GroupDeleted,
    GroupEvent,
    GroupMemberAdded,
    GroupMemberRemoved,
    GroupUpdated,
)
from rbac.events.permissions import PermissionDeclared, PermissionRemoved, PermissionUpdated
from rbac.events.roles import RoleChangeRefused, RoleCreated, RoleDeleted, RoleUpdated
from rbac.events.separation import (
    SeparationChangeRefused,
    SeparationCreated,
    SeparationDeleted,
    SeparationEvent,
    SeparationUpdated,
)

__all__ = [
    "AssignmentEvent",
    "GroupChangeRefused",
    "GroupCreated",
    "GroupDeleted",
    "GroupEvent",
    "GroupMemberAdded",
    "GroupMemberRemoved",
    "GroupUpdated",
    "PermissionDeclared",
    "PermissionRemoved",
    "PermissionUpdated",
    "RoleAssigned",
    "RoleAssignmentEnded",
    "RoleAssignmentRefused",
    "RoleChangeRefused",
    "RoleCreated",
    "RoleDeleted",
    "RoleUpdated",
    "SeparationChangeRefused",
    "SeparationCreated",
    "SeparationDeleted",
    "SeparationEvent",
    "SeparationUpdated",
]
