"""Refusals about roles and what they give."""

from collections.abc import Sequence

from common.errors import Conflict, DomainError, Invalid


class InvalidRoleName(Invalid):
    code = "invalid_role_name"
    title = "A role is named in lower case with dashes"


class UnknownPermission(DomainError):
    code = "unknown_permission"
    title = "The role names a permission that has not been declared"


class RoleExists(Conflict):
    code = "role_exists"
    title = "There is a role of this name"


class BuiltinRole(Conflict):
    code = "builtin_role"
    title = "A built-in role cannot be changed"


class RoleInUse(Conflict):
    code = "role_in_use"
    title = "Somebody holds this role, or it is needed elsewhere"


class RoleCycle(Conflict):
    """Names the ring that would have come about, from the role and back to it."""

    code = "role_cycle"
    title = "A role cannot inherit from itself, however far around"

    def __init__(self, ring: Sequence[str]) -> None:
        super().__init__(f"These roles would inherit in a ring: {' > '.join(ring)}.")
        self.members = {"ring": list(ring)}


class TooManyJuniors(Invalid):
    code = "too_many_juniors"
    title = "A role inherits from too many others"


class InheritanceTooDeep(Conflict):
    code = "inheritance_too_deep"
    title = "Roles would inherit over too many levels"
