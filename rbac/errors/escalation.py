"""Nobody gets by way of others what she does not hold: the refusal that leaves a mark."""

from collections.abc import Sequence
from dataclasses import dataclass

from common.errors import DomainError
from common.errors import Refused as MarkedRefusal


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
