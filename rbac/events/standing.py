"""What rbac tells of what nodes remember together."""

from dataclasses import dataclass
from typing import ClassVar

from events.bus import DomainEvent


@dataclass(frozen=True, kw_only=True)
class StandingUntold(DomainEvent):
    """A change was made while Redis was out of reach: what nodes remember may not know of it for some seconds.

    Proofs of tokens were the first to be remembered so; a kind never changes.
    """

    kind: ClassVar[str] = "tokens.standing.untold"
    subject_type: ClassVar[str] = "standing"
