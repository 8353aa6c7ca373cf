"""Whether a session still stands, and if not, why. Pure: the session and its user are given, and so is the time."""

from datetime import datetime
from enum import StrEnum

from tokens.models import Session


class Ending(StrEnum):
    REVOKED = "the session was ended"
    IDLE = "the session was not used for too long"
    EXPIRED = "the session has reached its greatest age"
    DEACTIVATED = "the account is deactivated"
    SIGNED_OUT = "everything from before a sign-out everywhere is dead"


def ending_of(session: Session, *, at: datetime) -> Ending | None:
    """Why the session is dead at `at`; None while it lives."""
    user = session.user
    causes = {
        Ending.REVOKED: session.revoked_at is not None,
        Ending.DEACTIVATED: not user.is_active,
        Ending.SIGNED_OUT: user.not_before is not None and session.created_at < user.not_before,
        Ending.EXPIRED: session.expires_at <= at,
        Ending.IDLE: session.idle_expires_at <= at,
    }
    return next((cause for cause, holds in causes.items() if holds), None)
