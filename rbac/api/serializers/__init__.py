"""What the API of rbac takes and gives: one module for each subject."""

from rbac.api.serializers.assignments import AssignmentAnswer, AssignmentRequest
from rbac.api.serializers.groups import (
    GroupAnswer,
    GroupChangeRequest,
    GroupMemberAnswer,
    GroupMemberRequest,
    GroupRequest,
)
from rbac.api.serializers.me import HeldPermissionAnswer, OwnPermissionsAnswer, SourceAnswer
from rbac.api.serializers.permissions import PermissionAnswer, PermissionChangeRequest, PermissionRequest
from rbac.api.serializers.roles import (
    EffectivePermissionAnswer,
    EffectivePermissionsAnswer,
    RoleAnswer,
    RoleChangeRequest,
    RoleRequest,
)
from rbac.api.serializers.separation import SeparationAnswer, SeparationChangeRequest, SeparationRequest

__all__ = [
    "AssignmentAnswer",
    "AssignmentRequest",
    "EffectivePermissionAnswer",
    "EffectivePermissionsAnswer",
    "GroupAnswer",
    "GroupChangeRequest",
    "GroupMemberAnswer",
    "GroupMemberRequest",
    "GroupRequest",
    "HeldPermissionAnswer",
    "OwnPermissionsAnswer",
    "PermissionAnswer",
    "PermissionChangeRequest",
    "PermissionRequest",
    "RoleAnswer",
    "RoleChangeRequest",
    "RoleRequest",
    "SeparationAnswer",
    "SeparationChangeRequest",
    "SeparationRequest",
    "SourceAnswer",
]
