"""Refusals about the vocabulary of permissions."""

from common.errors import Conflict, Invalid


class InvalidPermissionName(Invalid):
    code = "invalid_permission_name"
    title = "A permission is named resource:action"


class PermissionExists(Conflict):
    code = "permission_exists"
    title = "There is a permission of this name"


class BuiltinPermission(Conflict):
    code = "builtin_permission"
    title = "A built-in permission cannot be changed"


class PermissionInUse(Conflict):
    code = "permission_in_use"
    title = "A role holds this permission"
