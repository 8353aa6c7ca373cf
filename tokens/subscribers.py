"""What tokens does when it hears of others' facts: whatever shakes the trust in somebody's proofs ends them, there and then.

All nodes are told to forget what they remember of her, in the same transaction.
Of what looks like somebody else's sign-in she is told by mail.
"""

from datetime import datetime

from accounts import mails
from accounts.events import (
    PasswordChanged,
    ServiceAccountDeactivated,
    ServiceAccountDeleted,
    UserDeactivated,
    UserErased,
    UserSignedOut,
)
from accounts.mails import Letter
from common.actors import Actor
from events.bus import after, on
from events.models import Event
from tokens.devices import Place, is_news, shown
from tokens.events import RefreshTokenReused, SessionUnfamiliar, SigningKeyRemoved
from tokens.models import Session
from tokens.services import credentials, revocations, sessions

MAIL = "mail"
MOST_COMPARED = 200  # of her sessions: a program that signs in all day has thousands


@on(UserDeactivated)
def end_with_the_account(event: UserDeactivated, actor: Actor, at: datetime) -> None:
    sessions.end_all(event.subject_id, reason="user_deactivated", actor=actor, at=at)
    revocations.of_subject(event.subject_id, not_before=at, at=at)


@on(PasswordChanged)
def end_the_others(event: PasswordChanged, actor: Actor, at: datetime) -> None:
    kept = event.keep_session
    sessions.end_all(event.subject_id, except_session=kept, reason="password_changed", actor=actor, at=at)
    if kept is None:
        revocations.of_subject(event.subject_id, not_before=at, at=at)


@on(UserSignedOut)
def end_everywhere(event: UserSignedOut, actor: Actor, at: datetime) -> None:
    sessions.end_all(event.subject_id, reason="signed_out_everywhere", actor=actor, at=at)
    revocations.of_subject(event.subject_id, not_before=at, at=at)


@on(UserErased)
def end_with_the_person(event: UserErased, actor: Actor, at: datetime) -> None:
    sessions.end_all(event.subject_id, reason="user_erased", actor=actor, at=at)
    revocations.of_subject(event.subject_id, not_before=at, at=at)


@on(ServiceAccountDeactivated)
@on(ServiceAccountDeleted)
def end_with_the_machine(event: ServiceAccountDeactivated | ServiceAccountDeleted, actor: Actor, at: datetime) -> None:
    # Its tokens carry epochs: with new ones they stay dead when it is let in again.
    credentials.end_tokens_of(event.subject_id, actor=actor, at=at)
    revocations.of_subject(event.subject_id, not_before=at, at=at)


@on(SigningKeyRemoved)
def believe_the_key_no_more(event: SigningKeyRemoved, actor: Actor, at: datetime) -> None:
    del actor
    # Of a key whose time ran out no token lives that could be asked about.
    if event.emergency:
        revocations.of_signing_key(event.kid, at=at)


@after(SessionUnfamiliar, name="tokens.mail.new_device", queue=MAIL, outside=True)
def mail_new_device(event: Event) -> None:
    session = _session_of(event)
    # Where the session is used may have changed since; where it began stands in the event.
    if session and is_news(Place(session.device_name, event.ip), known=_places_before(session)):
        _mail(event, session, "new_device")


@after(RefreshTokenReused, name="tokens.mail.token_reused", queue=MAIL, outside=True)
def mail_reuse(event: Event) -> None:
    session = _session_of(event)
    if session:
        _mail(event, session, "token_reused")


def _session_of(event: Event) -> Session | None:
    return Session.objects.select_related("user").filter(pk=event.subject_id, user__is_active=True).first()


def _places_before(session: Session) -> list[Place]:
    """As long as sessions are kept. Ids rise with time, so a delivery that comes late still sees what was then."""
    earlier = Session.objects.filter(user=session.user_id, pk__lt=session.pk).order_by("-pk")
    return [Place(device, ip) for device, ip in earlier.values_list("device_name", "ip")[:MOST_COMPARED]]


def _mail(event: Event, session: Session, template: str) -> None:
    details = {"device": shown(session.device_name), "address": event.ip or ""}
    letter = Letter(id=event.pk, app="tokens", template=template, happened=event.occurred_at, details=details)
    mails.send(letter, session.user)
