"""What rbac refuses, each with its stable code: one module for each subject."""

from rbac.errors.assignments import AlreadyAssigned, InvalidPeriod, LastAdministrator
from rbac.errors.escalation import PrivilegeEscalation, Refused
from rbac.errors.groups import AlreadyMember, GroupExists, InvalidGroupName
from rbac.errors.permissions import BuiltinPermission, InvalidPermissionName, PermissionExists, PermissionInUse
from rbac.errors.roles import (
    BuiltinRole,
    InheritanceTooDeep,
    InvalidRoleName,
    RoleCycle,
    RoleExists,
    RoleInUse,
    TooManyJuniors,
    UnknownPermission,
)
from rbac.errors.separation import (
    BrokenByOneRole,
    DutiesNotSeparate,
    InvalidSeparation,
    InvalidSeparationName,
    SeparationExists,
)

__all__ = [
    "AlreadyAssigned",
    "AlreadyMember",
    "BrokenByOneRole",
    "BuiltinPermission",
    "BuiltinRole",
    "DutiesNotSeparate",
    "GroupExists",
    "InheritanceTooDeep",
    "InvalidGroupName",
    "InvalidPeriod",
    "InvalidPermissionName",
    "InvalidRoleName",
    "InvalidSeparation",
    "InvalidSeparationName",
    "LastAdministrator",
    "PermissionExists",
    "PermissionInUse",
    "PrivilegeEscalation",
    "Refused",
    "RoleCycle",
    "RoleExists",
    "RoleInUse",
    "SeparationExists",
    "TooManyJuniors",
    "UnknownPermission",
]
