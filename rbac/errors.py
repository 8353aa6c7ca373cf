"""What rbac refuses, each with its stable code."""

from collections.abc import Sequence
from dataclasses import dataclass

from accounts.errors import LastAdministrator as LastSuperuser
from common.errors import Conflict, DomainError, FieldError, Invalid
from common.errors import Refused as MarkedRefusal


class InvalidScope(Invalid):
    code = "invalid_scope"
    title = "A scope is a path such as / or /acme/eu"

    def __init__(self, fault: str) -> None:
        super().__init__(fault, errors=[FieldError("scope", self.code, fault)])


class InvalidPermissionName(Invalid):
    code = "invalid_permission_name"
    title = "A permission is named resource:action"


class InvalidRoleName(Invalid):
    code = "invalid_role_name"
    title = "A role is named in lower case with dashes"


class InvalidPeriod(Invalid):
    code = "invalid_period"
    title = "An assignment ends after it begins, and not in the past"


class UnknownPermission(DomainError):
    code = "unknown_permission"
    title = "The role names a permission that has not been declared"


class PermissionExists(Conflict):
    code = "permission_exists"
    title = "There is a permission of this name"


class BuiltinPermission(Conflict):
    code = "builtin_permission"
    title = "A built-in permission cannot be removed"


class PermissionInUse(Conflict):
    code = "permission_in_use"
    title = "A role holds this permission"


class RoleExists(Conflict):
    code = "role_exists"
    title = "There is a role of this name"


class BuiltinRole(Conflict):
    code = "builtin_role"
    title = "A built-in role cannot be changed"


class RoleInUse(Conflict):
    code = "role_in_use"
    title = "Somebody holds this role"


class AlreadyAssigned(Conflict):
    code = "already_assigned"
    title = "The role is assigned at this scope already"


class LastAdministrator(LastSuperuser):
    title = "Nobody would be left who may do everything"


class PrivilegeEscalation(DomainError):
    code = "privilege_escalation"
    status = 403
    title = "You cannot hand out, change or take away what you do not hold yourself"

    def __init__(self, missing: Sequence[str], where: str) -> None:
        super().__init__(f"You do not hold {', '.join(missing)} {where} yourself.")
        self.members = {"missing": list(missing)}


@dataclass(frozen=True, slots=True)
class Refused(MarkedRefusal):
    error: PrivilegeEscalation
