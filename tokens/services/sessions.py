"""The life of sessions: started by a sign-in, carried on by refreshing, ended by the person, by staff, by theft or by time."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import CharField, Exists, GenericIPAddressField, OuterRef, QuerySet

from accounts.models import User
from accounts.services import sign_in
from accounts.services.sign_in import Proven
from common.actors import Actor
from common.statements import Addition, Given
from events.bus import publish
from tokens import devices
from tokens.errors import InvalidCredentials
from tokens.events import SessionEnded, SessionsEnded, SessionStarted, SessionUnfamiliar
from tokens.models import Session
from tokens.services import issuing, revocations
from tokens.services.issuing import Basis

ADD = Addition(Session)
HERE = {"device_name": Given("device_name", CharField()), "ip": Given("ip", GenericIPAddressField())}


def _been(**where: Given) -> Exists:
    return Exists(Session.objects.filter(user=OuterRef("pk"), **where))


# It locks her row, so that a change which ends her sessions comes before this one begins, or after.
ENTRANCE = sign_in.entrance(lambda: (_been(), _been(**HERE), *issuing.basis_of("pk")))


class Met(NamedTuple):
    """How things stood with her as her session began."""

    user: UUID
    has_been: bool
    has_been_here: bool

    @property
    def is_elsewhere(self) -> bool:
        """Whether she has signed in before, and never on this device and from this address."""
        return self.has_been and not self.has_been_here


class Begun(NamedTuple):
    """A session, and what its first tokens rest on."""

    session: Session
    basis: Basis


def start(user: User, **terms: Any) -> Session:
    """As `begin`, for somebody who has proved who she is without her password, and needs no tokens yet."""
    return begin(Proven(user, user.password), **terms).session


@transaction.atomic
def begin(
    proven: Proven,
    *,
    amr: list[str],
    actor: Actor,
    at: datetime,
    device_name: str = "",
    client_id: str = "first-party",
) -> Begun:
    """A new session for somebody who has just proved who she is, as she was read at that moment.

    `InvalidCredentials` when she was deactivated, got a new password or was signed out everywhere in between.
    """
    name = (device_name or devices.name_of(actor.user_agent))[:150]
    session = _made(proven.user, actor=actor, at=at, amr=amr, client_id=client_id, device_name=name)
    place = {"device_name": name, "ip": actor.ip, "algorithm": settings.SIGNING_ALGORITHM}
    with sign_in.entering(proven, ENTRANCE, actor=actor, at=at, **place) as entered:
        ADD.run(session)
        _tell_of(session, actor=actor, at=at)
    if entered.row is None:
        raise InvalidCredentials
    count = len(Met._fields)
    met, basis = Met(*entered.row[:count]), Basis(*entered.row[count:])
    if met.is_elsewhere:
        # Most sign-ins are from where she was before, and cost no delivery.
        publish(SessionUnfamiliar(subject_id=session.pk, user_id=session.user_id), actor=actor, at=at)
    return Begun(session, basis)


def _tell_of(session: Session, *, actor: Actor, at: datetime) -> None:
    traits: dict[str, Any] = {"client_id": session.client_id, "device_name": session.device_name, "amr": session.amr}
    publish(SessionStarted(subject_id=session.pk, user_id=session.user_id, **traits), actor=actor, at=at)


def _made(user: User, *, actor: Actor, at: datetime, **traits: Any) -> Session:
    # A node whose clock is ahead may have moved `not_before` past our time; a session begins after it all the same.
    born = max(at, user.not_before or at)
    expires_at = at + settings.REFRESH_ABSOLUTE_LIFETIME
    return Session(
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


@transaction.atomic
def end(session: Session, *, reason: str, actor: Actor, at: datetime) -> bool:
    """False when it had ended already, in which case nothing is recorded."""
    ended = Session.objects.filter(pk=session.pk, revoked_at=None).update(revoked_at=at, revoked_reason=reason)
    if ended:
        revocations.of_sessions([session.pk], owners=[session.user_id], at=at)
        publish(SessionEnded(subject_id=session.pk, user_id=session.user_id, reason=reason), actor=actor, at=at)
    return bool(ended)


@transaction.atomic
def end_all(user_id: UUID, *, except_session: UUID | None = None, reason: str, actor: Actor, at: datetime) -> int:
    """End every session of one person, but for `except_session`; how many there were. One fact for all of them."""
    open_ones = Session.objects.filter(user=user_id, revoked_at=None)
    if except_session:
        open_ones = open_ones.exclude(pk=except_session)
    ended = _lock(open_ones)
    if ended:
        Session.objects.filter(pk__in=list(ended)).update(revoked_at=at, revoked_reason=reason)
        revocations.of_sessions(ended, owners=[user_id], at=at)
        fact = SessionsEnded(subject_id=user_id, reason=reason, count=len(ended), kept=except_session)
        publish(fact, actor=actor, at=at)
    return len(ended)


@transaction.atomic
def end_these(ids: Collection[UUID], *, reason: str, actor: Actor, at: datetime) -> int:
    """End those of a few hundred sessions that have not ended; how many there were. One fact for each."""
    ended = _lock(Session.objects.filter(pk__in=ids, revoked_at=None))
    Session.objects.filter(pk__in=list(ended)).update(revoked_at=at, revoked_reason=reason)
    revocations.of_sessions(ended, owners=ended.values(), at=at)
    for session_id, user_id in ended.items():
        publish(SessionEnded(subject_id=session_id, user_id=user_id, reason=reason), actor=actor, at=at)
    return len(ended)


def _lock(rows: QuerySet[Session]) -> dict[UUID, UUID]:
    """The sessions' ids, and whose they are. In one order everywhere, so that two never wait for each other in a ring."""
    locked = rows.select_for_update(no_key=True).order_by("pk")
    return dict(locked.values_list("pk", "user_id"))
