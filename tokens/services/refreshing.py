"""Refresh tokens: turned, repeated for a lost answer, or found to be in two hands."""

from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.db import transaction

from common.actors import Actor
from events.bus import publish
from tokens.errors import TokenNotValid
from tokens.events import RefreshTokenReused
from tokens.models import Session
from tokens.proofs import RefreshToken
from tokens.rotation import Verdict, judge
from tokens.services import sessions
from tokens.services.issuing import Issued, issue


class Refused(NamedTuple):
    """Why there are no new tokens: for tests and logs, never for the holder, who is told the same for every cause."""

    verdict: Verdict


def refresh(presented: str, *, actor: Actor, at: datetime) -> Issued | Refused:
    """The next pair of tokens for the holder of a refresh token.

    Of many that present the same token at once, one turns the chain; the others are judged again and, being one behind
    within the grace time, get the very token that the winner got. A refusal is returned: the end of a session must stay.
    """
    try:
        token = RefreshToken(presented, at=at)
    except TokenNotValid:
        return Refused(Verdict.FOREIGN)
    session = Session.objects.select_related("user").filter(pk=token.session_id).first()
    if session is None:
        return Refused(Verdict.DEAD)
    verdict = judge(token.presented, session, grace=settings.REFRESH_GRACE, at=at)
    if verdict is Verdict.ROTATE and not _turn(session, actor=actor, at=at):
        return refresh(presented, actor=actor, at=at)
    if verdict is Verdict.REUSED:
        _end_for_reuse(session, token, actor=actor, at=at)
    return issue(session, at=at) if verdict.gives_tokens else Refused(verdict)


def _turn(session: Session, *, actor: Actor, at: datetime) -> bool:
    """Count the chain on by one, unless somebody else has just done so. The only write of a refresh."""
    turned = {
        "refresh_counter": session.refresh_counter + 1,
        "rotated_at": at,
        "last_used_at": at,
        "idle_expires_at": min(at + settings.REFRESH_IDLE_LIFETIME, session.expires_at),
        "ip": actor.ip or session.ip,
    }
    current = Session.objects.filter(pk=session.pk, refresh_counter=session.refresh_counter, revoked_at=None)
    won = current.update(**turned)
    for field, value in turned.items():
        setattr(session, field, value)
    return bool(won)


@transaction.atomic
def _end_for_reuse(session: Session, token: RefreshToken, *, actor: Actor, at: datetime) -> None:
    if not sessions.end(session, reason="refresh_token_reused", actor=actor, at=at):
        return
    counters = {"presented": token.counter, "expected": session.refresh_counter}
    publish(RefreshTokenReused(subject_id=session.pk, user_id=session.user_id, **counters), actor=actor, at=at)
