"""What the secrets of machines and API keys have in common: made and shown once, stored as a digest, used until a time."""

from datetime import datetime
from typing import NamedTuple

from django.db.models import Q

from common import secrets
from common.errors import FieldError, Invalid
from tokens.models import ApiKey, SecretQuerySet, ServiceCredential

# Enough for its owner to tell which one it is: the prefix and 24 of 256 bits.
HINT = 8


class Minted(NamedTuple):
    """A new secret, and what of it is stored."""

    value: str
    stored: dict[str, str]


def mint(prefix: str) -> Minted:
    issued = secrets.issue(prefix)
    return Minted(issued.value, {"digest": issued.digest, "hint": issued.value[:HINT]})


def check_expiry(expires_at: datetime | None, *, at: datetime) -> None:
    if expires_at is not None and expires_at <= at:
        fault = "This time is past."
        raise Invalid(fault, errors=[FieldError("expires_at", Invalid.code, fault)])


def find(secrets_there_are: SecretQuerySet, raw: str, *, at: datetime) -> ServiceCredential | ApiKey | None:
    """The one that is presented, if it is good at `at`."""
    found: ServiceCredential | ApiKey | None = secrets_there_are.presented(raw, at=at).first()
    return found if found and secrets.matches(raw, found.digest) else None


def touch(secret: ServiceCredential | ApiKey, *, at: datetime) -> None:
    """Note that it was used in this minute: one write a minute at most, however often and by how many it is used."""
    minute = at.replace(second=0, microsecond=0)
    if secret.last_used_at is None or secret.last_used_at < minute:
        earlier = Q(last_used_at=None) | Q(last_used_at__lt=minute)
        type(secret).objects.filter(earlier, pk=secret.pk).update(last_used_at=minute)
