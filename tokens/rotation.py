"""What to do with a refresh token that is genuine but perhaps old. Pure; RFC 9700, section 4.14.2.

A session knows the number of the one token that may be used next. The one before it is forgiven for a short while, because
a client that lost our answer has nothing else to present: it gets the very token again that it lost. A token older than that
has been used by two parties, and nothing tells which of them is the thief, so the session ends for both.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from tokens.liveness import ending_of
from tokens.models import Session


class Verdict(StrEnum):
    ROTATE = "rotate"
    REPEAT = "repeat"
    REUSED = "reused"
    DEAD = "dead"
    FOREIGN = "foreign"

    @property
    def gives_tokens(self) -> bool:
        return self in {Verdict.ROTATE, Verdict.REPEAT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Presented:
    """What a genuine refresh token says about itself."""

    counter: int
    user_id: UUID
    client_id: str


def judge(presented: Presented, session: Session, *, grace: timedelta, at: datetime) -> Verdict:
    if (presented.user_id, presented.client_id) != (session.user_id, session.client_id):
        return Verdict.FOREIGN
    if ending_of(session, at=at):
        return Verdict.DEAD
    return _by_age(session.refresh_counter - presented.counter, since=at - session.rotated_at, grace=grace)


def _by_age(behind: int, *, since: timedelta, grace: timedelta) -> Verdict:
    if behind < 0:
        # We never made it, or have lost the memory of it (a restored backup): no reason to trust or to punish.
        return Verdict.FOREIGN
    if behind == 0:
        return Verdict.ROTATE
    return Verdict.REPEAT if behind == 1 and since <= grace else Verdict.REUSED
