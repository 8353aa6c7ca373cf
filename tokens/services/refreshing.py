"""Refresh tokens: turned, repeated for a lost answer, or found to be in two hands."""

from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import CharField, Exists, QuerySet

from common.actors import Actor
from common.statements import Change, Given, Search
from events.bus import publish
from tokens.errors import TokenNotValid
from tokens.events import RefreshTokenReused
from tokens.models import Session, SigningKey
from tokens.proofs import RefreshToken
from tokens.rotation import Verdict, judge
from tokens.services import issuing, sessions
from tokens.services.issuing import Basis, Issued
from tokens.signing import header_of


class Refused(NamedTuple):
    """Why there are no new tokens: for tests and logs, never for the holder, who is told the same for every cause."""

    verdict: Verdict


KIND = {field.attname: field for field in Session._meta.concrete_fields}  # noqa: SLF001  Django calls it public
TURNED = ("refresh_counter", "rotated_at", "last_used_at", "idle_expires_at", "ip")
SID = Given("sid", KIND["id"])


def _presented_session() -> QuerySet[Session]:
    # The ring of this process may be some seconds behind an emergency that has removed the key of what is presented.
    signed = Exists(SigningKey.objects.filter(kid=Given("signed_by", CharField())))
    roles, kid = issuing.basis_of("user_id")
    found = Session.objects.filter(signed, pk=SID).order_by().annotate(roles=roles, kid=kid)
    return found.select_related("user").only(*KIND, "user__is_active", "user__not_before")


FIND = Search(_presented_session)
TURN = Change(
    lambda: Session.objects.filter(
        pk=SID, refresh_counter=Given("presented", KIND["refresh_counter"]), revoked_at=None
    ),
    lambda: {name: Given(name, KIND[name]) for name in TURNED},
)


def refresh(presented: str, *, actor: Actor, at: datetime) -> Issued | Refused:
    """The next pair of tokens for the holder of a refresh token. One question and one change, where nothing is wrong.

    Of many that present the same token at once, one turns the chain; the others are judged again and, being one behind
    within the grace time, get the very token that the winner got. A refusal is returned: the end of a session must stay.
    """
    try:
        token = RefreshToken(presented, at=at)
    except TokenNotValid:
        return Refused(Verdict.FOREIGN)
    known = {"signed_by": header_of(presented)["kid"], "algorithm": settings.SIGNING_ALGORITHM}
    session = FIND.one(sid=token.session_id, at=at, **known)
    if session is None:
        return Refused(Verdict.DEAD)
    verdict = judge(token.presented, session, grace=settings.REFRESH_GRACE, at=at)
    if verdict is Verdict.ROTATE and not _turn(session, actor=actor, at=at):
        return refresh(presented, actor=actor, at=at)
    if verdict is Verdict.REUSED:
        _end_for_reuse(session, token, actor=actor, at=at)
    if not verdict.gives_tokens:
        return Refused(verdict)
    return issuing.issue_on(Basis(session.roles, session.kid), session, at=at)


def _turn(session: Session, *, actor: Actor, at: datetime) -> bool:
    """Count the chain on by one, unless somebody else has just done so. The only write of a refresh."""
    turned = {
        "refresh_counter": session.refresh_counter + 1,
        "rotated_at": at,
        "last_used_at": at,
        "idle_expires_at": min(at + settings.REFRESH_IDLE_LIFETIME, session.expires_at),
        "ip": actor.ip or session.ip,
    }
    won = TURN.run(sid=session.pk, presented=session.refresh_counter, **turned)
    for field, value in turned.items():
        setattr(session, field, value)
    return bool(won)


@transaction.atomic
def _end_for_reuse(session: Session, token: RefreshToken, *, actor: Actor, at: datetime) -> None:
    if not sessions.end(session, reason="refresh_token_reused", actor=actor, at=at):
        return
    counters = {"presented": token.counter, "expected": session.refresh_counter}
    publish(RefreshTokenReused(subject_id=session.pk, user_id=session.user_id, **counters), actor=actor, at=at)
