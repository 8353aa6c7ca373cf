"""Links that are mailed: a secret for one purpose, one person and one address, that works once and for a short time."""

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.crypto import salted_hmac

from accounts.errors import LinkNotUsable
from accounts.models import EmailLink, EmailLinkQuerySet, LinkPurpose, User
from common import secrets

PREFIX = "idl"


class Asked(NamedTuple):
    """The request that a link answers: the id of its fact, and when it happened."""

    id: UUID
    at: datetime


def lifetime(purpose: LinkPurpose) -> timedelta:
    found: dict[LinkPurpose, timedelta] = {
        LinkPurpose.VERIFY_EMAIL: settings.VERIFY_EMAIL_LIFETIME,
        LinkPurpose.RESET_PASSWORD: settings.RESET_PASSWORD_LIFETIME,
        LinkPurpose.INVITATION: settings.INVITATION_LIFETIME,
    }
    return found[purpose]


@transaction.atomic
def issue(user: User, purpose: LinkPurpose, *, asked: Asked, at: datetime) -> str | None:
    """The secret that answers what was asked; every older one for the same purpose dies.

    The same request gets the same secret, so that a mail that is sent twice holds one link. None when a later request
    has been answered, or was made, already.
    """
    User.objects.select_for_update().get(pk=user.pk)
    value = _secret(purpose, asked)
    of_hers = EmailLink.objects.filter(user=user, purpose=purpose)
    if of_hers.filter(digest=secrets.digest_of(value)).exists():
        return value
    if of_hers.filter(created_at__gt=asked.at).exists():
        return None
    void(user.pk, purpose, at=at)
    _store(user, purpose, value=value, asked=asked, expires_at=at + lifetime(purpose))
    return value


def void(user_id: UUID, *purposes: LinkPurpose, at: datetime) -> None:
    """Make the open links for these purposes useless. Nothing happens where there are none."""
    EmailLink.objects.filter(user_id=user_id, purpose__in=purposes, used_at=None).update(used_at=at)


def look_up(value: str, purpose: LinkPurpose, *, at: datetime) -> User:
    """Whose link this is, without using it. `LinkNotUsable` for every reason why it would not work."""
    link = _usable(value, purpose, at=at).select_related("user").first()
    if link is None or not link.user.is_active or link.address != link.user.email:
        raise LinkNotUsable
    return link.user


def redeem(value: str, purpose: LinkPurpose, *, at: datetime) -> User:
    """Use the link up, inside the transaction that does what it is for. Of many who try at once one succeeds."""
    owner = look_up(value, purpose, at=at)
    # Her row before her links, as everywhere, so that nobody waits in a ring.
    locked = User.objects.select_for_update().filter(pk=owner.pk).first()
    if locked is None or not _usable(value, purpose, at=at).update(used_at=at):
        raise LinkNotUsable
    return locked


def _usable(value: str, purpose: LinkPurpose, *, at: datetime) -> EmailLinkQuerySet:
    return EmailLink.objects.usable(at=at).filter(digest=secrets.digest_of(value), purpose=purpose)


def _secret(purpose: LinkPurpose, asked: Asked) -> str:
    # 256 bits that only this server can derive. The fact's id alone, which staff can read, tells nothing of it.
    return f"{PREFIX}_{salted_hmac(f'accounts.links.{purpose}', str(asked.id), algorithm='sha256').hexdigest()}"


def _store(user: User, purpose: LinkPurpose, *, value: str, asked: Asked, expires_at: datetime) -> None:
    EmailLink.objects.create(
        user=user,
        purpose=purpose,
        digest=secrets.digest_of(value),
        address=user.email,
        created_at=asked.at,
        expires_at=expires_at,
    )
