"""The mails that facts cause, and the fact that Django's own sign-in causes. Who has no account is in no mail's way."""

from datetime import datetime
from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from accounts import backends, mails
from accounts.events import (
    EmailVerificationRequested,
    EmailVerified,
    PasswordChanged,
    PasswordResetRequested,
    RegistrationRepeated,
    UserInvited,
    UserLocked,
    UserRegistered,
    UserSignedIn,
)
from accounts.mails import Letter
from accounts.models import LinkPurpose, User
from accounts.services import links
from accounts.services.links import Asked
from common.http.actors import actor_of
from events.bus import after, publish
from events.models import Event

MAIL = "mail"


@after(UserRegistered, EmailVerificationRequested, name="accounts.mail.verify_email", queue=MAIL, outside=True)
def mail_verification(event: Event) -> None:
    user = _reader_of(event)
    if user and user.email_verified_at is None:
        _send_link(event, user, _way_in(user))


@after(RegistrationRepeated, name="accounts.mail.registration_repeated", queue=MAIL, outside=True)
def mail_repeated_registration(event: Event) -> None:
    user = _reader_of(event)
    if user and user.awaits_proof:
        _send_link(event, user, _way_in(user))
    elif user:
        _send(event, user, "registration_repeated")


@after(EmailVerified, name="accounts.mail.welcome", queue=MAIL, outside=True)
def mail_welcome(event: Event) -> None:
    user = _reader_of(event)
    if user and user.has_usable_password():
        _send(event, user, "welcome")


@after(PasswordChanged, name="accounts.mail.password_changed", queue=MAIL, outside=True)
def mail_password_changed(event: Event) -> None:
    user = _reader_of(event)
    if user:
        _send(event, user, "password_changed")


@after(PasswordResetRequested, name="accounts.mail.reset_password", queue=MAIL, outside=True)
def mail_reset(event: Event) -> None:
    user = _reader_of(event)
    # A link that was asked for before she changed her password would open the account to whoever asked.
    if user and (user.password_changed_at is None or user.password_changed_at <= event.occurred_at):
        _send_link(event, user, LinkPurpose.RESET_PASSWORD)


@after(UserInvited, name="accounts.mail.invitation", queue=MAIL, outside=True)
def mail_invitation(event: Event) -> None:
    user = _reader_of(event)
    if user and not user.has_usable_password():
        _send_link(event, user, LinkPurpose.INVITATION)


@after(UserLocked, name="accounts.mail.locked", queue=MAIL, outside=True)
def mail_lock(event: Event) -> None:
    user = _reader_of(event)
    if user and user.may_enter:
        _send(event, user, "locked", expires=parse_datetime(event.data["until"]))


@receiver(user_logged_in, dispatch_uid="accounts.admin_sign_in")
@transaction.atomic
def record_sign_in(request: HttpRequest, user: User, **_: Any) -> None:
    publish(UserSignedIn(subject_id=user.pk, door=backends.DOOR), actor=actor_of(request), at=timezone.now())


def _way_in(user: User) -> LinkPurpose:
    """By what she proves her address. Where two have signed up with it no password counts, and she chooses one there."""
    return LinkPurpose.VERIFY_EMAIL if user.has_usable_password() else LinkPurpose.INVITATION


def _reader_of(event: Event) -> User | None:
    return User.objects.filter(pk=event.subject_id, is_active=True).first()


def _send_link(event: Event, user: User, purpose: LinkPurpose) -> None:
    # The secret is made here and lives in this mail alone: no fact, queue or log holds it.
    at = timezone.now()
    secret = links.issue(user, purpose, asked=Asked(event.pk, event.occurred_at), at=at)
    if secret:
        _send(event, user, purpose.value, link=mails.link_to(purpose, secret), expires=at + links.lifetime(purpose))


def _send(event: Event, user: User, template: str, *, link: str = "", expires: datetime | None = None) -> None:
    letter = Letter(id=event.pk, template=template, happened=event.occurred_at, link=link, expires=expires)
    mails.send(letter, user)
