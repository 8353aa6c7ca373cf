"""Refresh tokens: turned, repeated for a lost answer, or found to be in two hands."""

from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, transaction
from django.db.models import CharField, DateTimeField, Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce, Least

from accounts.models import User
from common.actors import Actor
from common.statements import Change, Given, Search
from common.writes import Telling
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
SID, AT, PRESENTED = Given("sid", KIND["id"]), Given("at", DateTimeField()), Given("presented", KIND["refresh_counter"])
# The ring of this process may be some seconds behind an emergency that has removed the key of what is presented.
SIGNED = Exists(SigningKey.objects.filter(kid=Given("signed_by", CharField())))


def _with_basis() -> QuerySet[Session]:
    basis = Basis(*issuing.basis_of("user_id"))
    return Session.objects.order_by().annotate(**basis._asdict())


def _turning() -> QuerySet[Session]:
    """The session of a token that `judge` lets turn, in the database's words; a test holds the two together."""
    hers = {"user": Given("user", KIND["user_id"]), "client_id": Given("client_id", KIND["client_id"])}
    since = Q(not_before=None) | Q(not_before__lte=OuterRef("created_at"))
    may_enter = Exists(User.objects.filter(since, pk=OuterRef("user_id"), is_active=True))
    alive: Any = Session.objects.alive(at=AT)  # type: ignore[arg-type]  # for a time that comes later
    turning: QuerySet[Session] = alive.filter(SIGNED, may_enter, pk=SID, refresh_counter=PRESENTED, **hers)
    return turning


def _turned() -> dict[str, Any]:
    idle = Least(Given("idle_expires_at", KIND["idle_expires_at"]), F("expires_at"))
    ip = Coalesce(Given("ip", KIND["ip"]), F("ip"))
    moved = {"rotated_at": AT, "last_used_at": AT, "idle_expires_at": idle, "ip": ip}
    return {"refresh_counter": F("refresh_counter") + 1, **moved}


TURN = Telling(Change(_turning, _turned), lambda: _with_basis().values_list(*KIND, *Basis._fields))
FIND = Search(
    lambda: (
        _with_basis().filter(SIGNED, pk=SID).select_related("user").only(*KIND, "user__is_active", "user__not_before")
    )
)


def refresh(presented: str, *, actor: Actor, at: datetime) -> Issued | Refused:
    """The next pair of tokens for the holder of a refresh token. One statement, where nothing is wrong.

    Of many that present the same token at once, one turns the chain; the others are judged and, being one behind
    within the grace time, get the very token that the winner got. A refusal is returned: the end of a session must stay.
    """
    try:
        token = RefreshToken(presented, at=at)
    except TokenNotValid:
        return Refused(Verdict.FOREIGN)
    known = {"sid": token.session_id, "signed_by": header_of(presented)["kid"], "algorithm": settings.SIGNING_ALGORITHM}
    return _turn(token, known, actor=actor, at=at) or _judged(token, known, actor=actor, at=at)


def _turn(token: RefreshToken, known: dict[str, Any], *, actor: Actor, at: datetime) -> Issued | None:
    """Count the chain on by one, unless there is anything to say against it. The only write of a refresh."""
    hers = {"user": token.user_id, "client_id": token.client_id, "presented": token.counter}
    row = TURN.row(**known, **hers, at=at, idle_expires_at=at + settings.REFRESH_IDLE_LIFETIME, ip=actor.ip)
    if row is None:
        return None
    session = Session.from_db(DEFAULT_DB_ALIAS, KIND, row[: len(KIND)])
    return issuing.issue_on(Basis(*row[len(KIND) :]), session, at=at)


def _judged(token: RefreshToken, known: dict[str, Any], *, actor: Actor, at: datetime) -> Issued | Refused:
    """What becomes of a token that did not turn the chain."""
    session = FIND.one(**known, at=at)
    if session is None:
        return Refused(Verdict.DEAD)
    verdict = judge(token.presented, session, grace=settings.REFRESH_GRACE, at=at)
    if verdict is Verdict.REUSED:
        _end_for_reuse(session, token, actor=actor, at=at)
    if verdict is Verdict.REPEAT:
        basis = Basis(*(getattr(session, name) for name in Basis._fields))
        return issuing.issue_on(basis, session, at=at)
    # One that would turn now was dead a moment ago (an account that has just been opened again): it may be presented anew.
    return Refused(verdict)


@transaction.atomic
def _end_for_reuse(session: Session, token: RefreshToken, *, actor: Actor, at: datetime) -> None:
    if not sessions.end(session, reason="refresh_token_reused", actor=actor, at=at):
        return
    counters = {"presented": token.counter, "expected": session.refresh_counter}
    publish(RefreshTokenReused(subject_id=session.pk, user_id=session.user_id, **counters), actor=actor, at=at)
