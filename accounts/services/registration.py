"""Signing oneself up, and proving the address. What a stranger is told never depends on who has an account."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F

from accounts import addresses
from accounts.errors import LinkNotUsable, RegistrationClosed
from accounts.events import EmailVerificationRequested, EmailVerified, RegistrationRepeated, UserRegistered
from accounts.models import LinkPurpose, User
from accounts.services import guard, hashing, links, passwords
from common.actors import Actor
from events.bus import publish


def register(
    *, email: str, password: str, actor: Actor, at: datetime, display_name: str = "", locale: str = "en"
) -> None:
    """Make an account, or tell the owner of the one that there is. The caller cannot tell which, nor by the time it took."""
    if not settings.REGISTRATION_OPEN:
        raise RegistrationClosed
    passwords.check_rules(password, context=passwords.context_of(email, display_name))
    encoded = hashing.of(password, actor=actor)
    try:
        _sign_up(email, encoded, actor=actor, at=at, display_name=display_name, locale=locale)
    except IntegrityError:
        _tell_owner(email, actor=actor, at=at)


@transaction.atomic
def _sign_up(email: str, encoded: str, *, actor: Actor, at: datetime, **profile: Any) -> None:
    user = User.objects.create(
        email=addresses.tidy(email),
        email_canonical=addresses.canonical(email),
        password=encoded,
        password_changed_at=at,
        self_registered=True,
        created_at=at,
        updated_at=at,
        **profile,
    )
    publish(UserRegistered(subject_id=user.pk), actor=actor, at=at)


@transaction.atomic
def _tell_owner(email: str, *, actor: Actor, at: datetime) -> None:
    owner = User.objects.select_for_update().at_address(email).first()
    if owner is None:
        return
    if owner.awaits_proof:
        _forget_password(owner, at=at)
    publish(RegistrationRepeated(subject_id=owner.pk), actor=actor, at=at)


def _forget_password(owner: User, *, at: datetime) -> None:
    # Two have signed up with this address, and nobody knows yet whose it is. With either's password kept, a stranger who
    # was there first, or last, would own the account that she proves. So neither counts: who reads the mail chooses anew.
    links.void(owner.pk, LinkPurpose.VERIFY_EMAIL, at=at)
    User.objects.filter(pk=owner.pk).update(
        password=hashing.unusable(), password_changed_at=None, display_name="", updated_at=at, version=F("version") + 1
    )


@transaction.atomic
def verify_email(*, token: str, actor: Actor, at: datetime) -> None:
    """The reader of the mail proves that the address is hers."""
    owner = links.redeem(token, LinkPurpose.VERIFY_EMAIL, at=at)
    if not prove_address(owner, actor=actor, at=at):
        raise LinkNotUsable


@transaction.atomic
def prove_address(user: User, *, actor: Actor, at: datetime) -> bool:
    """Mark her address as proven; False when it was, or when she has been shut out."""
    unproven = User.objects.filter(pk=user.pk, email_verified_at=None, is_active=True)
    proven = unproven.update(email_verified_at=at, updated_at=at, version=F("version") + 1)
    if proven:
        links.void(user.pk, LinkPurpose.VERIFY_EMAIL, at=at)
        publish(EmailVerified(subject_id=user.pk), actor=actor, at=at)
    return bool(proven)


@transaction.atomic
def resend(*, email: str, actor: Actor, at: datetime) -> None:
    """Ask for the link again. The fact is written also for strangers, so that nothing differs; only an account gets mail."""
    user = User.objects.at_address(email).first()
    subject_id = user.pk if user else guard.pseudonym(email)
    publish(EmailVerificationRequested(subject_id=subject_id), actor=actor, at=at)
