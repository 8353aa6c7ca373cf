"""Refresh tokens: turned, repeated for a lost answer, or found to be in two hands."""

from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, transaction
from django.db.models import CharField, Exists, QuerySet

from accounts.models import User
from common.actors import Actor
from common.statements import Change, Given, Question
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
ID, COUNTER = KIND["id"], KIND["refresh_counter"]
HOLDER = ("id", "is_active", "not_before")
TURNED = ("refresh_counter", "rotated_at", "last_used_at", "idle_expires_at", "ip")


def _presented_session() -> QuerySet[Session, Any]:
    # The ring of this process may be some seconds behind an emergency that has removed the key of what is presented.
    signed = Exists(SigningKey.objects.filter(kid=Given("signed_by", CharField())))
    holder = (f"user__{name}" for name in HOLDER)
    asked = Session.objects.filter(signed, pk=Given("sid", ID)).order_by()
    return asked.values_list(*KIND, *holder, *issuing.basis_of("user_id"))


FIND = Question(_presented_session)
TURN = Change(
    lambda: Session.objects.filter(pk=Given("sid", ID), refresh_counter=Given("presented", COUNTER), revoked_at=None),
    lambda: {name: Given(name, KIND[name]) for name in TURNED},
)


class Found(NamedTuple):
    session: Session
    basis: Basis


def refresh(presented: str, *, actor: Actor, at: datetime) -> Issued | Refused:
    """The next pair of tokens for the holder of a refresh token. One question and one change, where nothing is wrong.

    Of many that present the same token at once, one turns the chain; the others are judged again and, being one behind
    within the grace time, get the very token that the winner got. A refusal is returned: the end of a session must stay.
    """
    try:
        token = RefreshToken(presented, at=at)
    except TokenNotValid:
        return Refused(Verdict.FOREIGN)
    found = _found(presented, token, at=at)
    if found is None:
        return Refused(Verdict.DEAD)
    verdict = judge(token.presented, found.session, grace=settings.REFRESH_GRACE, at=at)
    if verdict is Verdict.ROTATE and not _turn(found.session, actor=actor, at=at):
        return refresh(presented, actor=actor, at=at)
    if verdict is Verdict.REUSED:
        _end_for_reuse(found.session, token, actor=actor, at=at)
    return issuing.issue_on(found.basis, found.session, at=at) if verdict.gives_tokens else Refused(verdict)


def _found(presented: str, token: RefreshToken, *, at: datetime) -> Found | None:
    row = FIND.first(
        sid=token.session_id, signed_by=header_of(presented)["kid"], at=at, algorithm=settings.SIGNING_ALGORITHM
    )
    if row is None:
        return None
    session = Session.from_db(DEFAULT_DB_ALIAS, KIND, row[: len(KIND)])
    session.user = User.from_db(DEFAULT_DB_ALIAS, HOLDER, row[len(KIND) : -len(Basis._fields)])
    return Found(session, Basis(*row[-len(Basis._fields) :]))


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
