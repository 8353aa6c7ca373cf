"""Refusals about roles that one may not have together."""

from collections.abc import Sequence

from common.errors import Conflict, FieldError, Invalid


class InvalidSeparationName(Invalid):
    code = "invalid_separation_name"
    title = "A separation of duty is named in lower case with dashes"


class InvalidSeparation(Invalid):
    code = "invalid_separation"
    title = "A separation of duty names more roles than it leaves to one"


class BrokenByOneRole(InvalidSeparation):
    """`roles` are those of the separation that `role` comes to by itself. `field` is where the caller said what made it so."""

    code = "broken_by_one_role"
    title = "One role alone would break a separation of duty"

    def __init__(self, separation: str, *, role: str, roles: Sequence[str], limit: int, field: str) -> None:
        named, inherited = ", ".join(roles), ", ".join(name for name in roles if name != role)
        fault = (
            f"Nobody may have more than {limit} of the roles {named} together (separation {separation}), "
            f"and {role} inherits {inherited}."
        )
        super().__init__(fault, errors=[FieldError(field, self.code, fault)])
        self.members = {"separation": separation, "role": role, "roles": list(roles), "limit": limit}


class SeparationExists(Conflict):
    code = "separation_exists"
    title = "There is a separation of duty of this name"


class DutiesNotSeparate(Conflict):
    """`holders` are the first few who would hold too many; where that is not the caller's to know, it is left empty."""

    code = "separation_of_duty"
    title = "Somebody would hold more of these roles than one may"

    def __init__(
        self, separation: str, *, roles: Sequence[str], limit: int, violations: int = 1, holders: Sequence[str] = ()
    ) -> None:
        who = f" {violations} would, among them {', '.join(holders)}." if holders else ""
        named = ", ".join(roles)
        super().__init__(
            f"Nobody may have more than {limit} of the roles {named} together (separation {separation}).{who}"
        )
        self.members = {
            "separation": separation,
            "roles": list(roles),
            "limit": limit,
            "violations": violations,
            "holders": list(holders),
        }
