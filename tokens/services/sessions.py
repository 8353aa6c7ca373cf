"""The life of sessions: started by a sign-in, carried on by refreshing, ended by the person, by staff, by theft or by time."""

from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import transaction

from accounts.models import User
from common.actors import Actor, ActorKind
from common.errors import Unavailable
from events.bus import publish
from rbac.selectors import role_names_of
from tokens import devices, keyring, proofs
from tokens.errors import InvalidCredentials, TokenNotValid
from tokens.events import RefreshTokenReused, SessionEnded, SessionsEnded, SessionStarted
from tokens.models import Session
from tokens.proofs import AccessToken, RefreshToken
from tokens.rotation import Verdict, judge
from tokens.services import keys


class Issued(NamedTuple):
    """A pair of tokens, as strings. They are nowhere stored."""

    access: str
    refresh: str
    expires_in: int
    session: Session


class Refused(NamedTuple):
    """Why there are no new tokens: for tests and logs, never for the holder, who is told the same for every cause."""

    verdict: Verdict


@transaction.atomic
def start(
    user: User,
    *,
    amr: list[str],
    actor: Actor,
    at: datetime,
    device_name: str = "",
    client_id: str = "first-party",
) -> Session:
    """A new session for somebody who has just proved who she is, as `user` was read at that moment.

    `InvalidCredentials` when she was deactivated, got a new password or was signed out everywhere in between.
    """
    if not _is_unchanged(user):
        raise InvalidCredentials
    name = device_name or devices.name_of(actor.user_agent)
    session = _begun(user, actor=actor, at=at, amr=amr, client_id=client_id, device_name=name[:150])
    fact = SessionStarted(
        subject_id=session.pk, user_id=user.pk, client_id=client_id, device_name=session.device_name, amr=amr
    )
    publish(fact, actor=actor, at=at)
    return session


def _begun(user: User, *, actor: Actor, at: datetime, **traits: Any) -> Session:
    # A node whose clock is ahead may have moved `not_before` past our time; a session begins after it all the same.
    born = max(at, user.not_before or at)
    expires_at = at + settings.REFRESH_ABSOLUTE_LIFETIME
    return Session.objects.create(
        user=user,
        user_agent=actor.user_agent[:300],
        ip=actor.ip,
        authenticated_at=at,
        created_at=born,
        last_used_at=at,
        rotated_at=at,
        idle_expires_at=min(at + settings.REFRESH_IDLE_LIFETIME, expires_at),
        expires_at=expires_at,
        **traits,
    )


def issue(session: Session, *, at: datetime) -> Issued:
    """The tokens that a session gives at `at`: its present refresh token, and an access token with her roles as they are now."""
    _have_signer(at=at)
    access = AccessToken.of(session, roles=role_names_of(session.user_id, at=at), at=at)
    expires_in = access["exp"] - access["iat"]
    return Issued(str(access), str(RefreshToken.of(session)), expires_in, session)


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


def revoke(raw: str, *, actor: Actor, at: datetime) -> bool:
    """End the session of a token that its holder brings back. False where it is no living token of ours."""
    try:
        proof = proofs.read(raw, at=at)
    except TokenNotValid:
        return False
    session = Session.objects.filter(pk=proof.session_id, user=proof.user_id).first()
    holder = replace(
        actor, kind=ActorKind.USER, id=proof.user_id, label=str(proof.user_id), session_id=proof.session_id
    )
    return session is not None and end(session, reason="revoked_by_holder", actor=holder, at=at)


@transaction.atomic
def end(session: Session, *, reason: str, actor: Actor, at: datetime) -> bool:
    """False when it had ended already, in which case nothing is recorded."""
    ended = Session.objects.filter(pk=session.pk, revoked_at=None).update(revoked_at=at, revoked_reason=reason)
    if ended:
        publish(SessionEnded(subject_id=session.pk, user_id=session.user_id, reason=reason), actor=actor, at=at)
    return bool(ended)


@transaction.atomic
def end_all(user_id: UUID, *, except_session: UUID | None = None, reason: str, actor: Actor, at: datetime) -> int:
    """End every session of one person, but for `except_session`; how many there were. One fact for all of them."""
    open_ones = Session.objects.filter(user=user_id, revoked_at=None)
    if except_session:
        open_ones = open_ones.exclude(pk=except_session)
    count = open_ones.update(revoked_at=at, revoked_reason=reason)
    if count:
        fact = SessionsEnded(subject_id=user_id, reason=reason, count=count, kept=except_session)
        publish(fact, actor=actor, at=at)
    return count


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
    if not end(session, reason="refresh_token_reused", actor=actor, at=at):
        return
    counters = {"presented": token.counter, "expected": session.refresh_counter}
    publish(RefreshTokenReused(subject_id=session.pk, user_id=session.user_id, **counters), actor=actor, at=at)


def _is_unchanged(user: User) -> bool:
    """Whether what she proved still holds. Locks her row, so that a change which ends her sessions comes before or after."""
    same = {"is_active": True, "password_changed_at": user.password_changed_at, "not_before": user.not_before}
    locked = User.objects.select_for_update(no_key=True).filter(pk=user.pk, **same)
    return locked.values_list("pk").first() is not None


def _have_signer(*, at: datetime) -> None:
    # A database that `bootstrap` has not seen yet, or was restored to before it.
    try:
        keyring.signer()
    except Unavailable:
        keys.ensure(at=at)
