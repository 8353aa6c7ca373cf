"""What becomes of a request for a role: its states and the steps between them. Pure."""

from dataclasses import dataclass
from enum import StrEnum


class Step(StrEnum):
    APPROVE = "approve"
    DENY = "deny"
    WITHDRAW = "withdraw"


class Objection(StrEnum):
    """Why a step cannot be taken."""

    NOT_HERS = "not_hers"
    OWN = "own"
    DECIDED = "decided"
    REQUESTER_GONE = "requester_gone"


PENDING = "pending"
LEADS_TO = {Step.APPROVE: "approved", Step.DENY: "denied", Step.WITHDRAW: "withdrawn"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """`state` is that of this moment: one that the clock has overtaken has lapsed."""

    state: str
    by_requester: bool
    requester_active: bool


def objection(step: Step, now: Circumstances) -> Objection | None:
    """None where the step may be taken. Whether the one who takes it holds what that needs is asked elsewhere."""
    if (step is Step.WITHDRAW) != now.by_requester:
        return Objection.OWN if now.by_requester else Objection.NOT_HERS
    if now.state != PENDING:
        return Objection.DECIDED
    # To say no to somebody who is gone clears the table; a yes would lie there until she comes back.
    return Objection.REQUESTER_GONE if step is Step.APPROVE and not now.requester_active else None
