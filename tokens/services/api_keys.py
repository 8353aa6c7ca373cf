"""API keys: by which programs act for a person, never for more than she may herself at that time."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from accounts.models import User
from common import permissions
from common.actors import Actor
from common.errors import FieldError, Invalid
from events.bus import publish
from rbac.errors import PrivilegeEscalation
from rbac.selectors import unheld
from tokens.errors import TooManyApiKeys
from tokens.events import ApiKeyCreated, ApiKeyRevoked
from tokens.models import ApiKey
from tokens.services import shown_once

PREFIX = "idk"
MOST = 100


class Created(NamedTuple):
    """`value` is nowhere else, and never again."""

    key: ApiKey
    value: str


@transaction.atomic
def create(
    user: User,
    *,
    name: str,
    scopes: Iterable[str] | None = None,
    expires_at: datetime | None = None,
    actor: Actor,
    at: datetime,
) -> Created:
    """A key of hers, for `scopes` or, without, for all that she may. `PrivilegeEscalation` where she may less than she asks."""
    shown_once.check_expiry(expires_at, at=at)
    wanted = [permissions.EVERYTHING] if scopes is None else _checked(user, scopes, at=at)
    list(User.objects.select_for_update(no_key=True).filter(pk=user.pk).values_list("pk"))
    if user.api_keys.usable(at=at).count() >= MOST:
        raise TooManyApiKeys
    value, stored = shown_once.mint(PREFIX)
    key = ApiKey.objects.create(user=user, name=name, scopes=wanted, created_at=at, expires_at=expires_at, **stored)
    fact = ApiKeyCreated(subject_id=key.pk, user_id=user.pk, scopes=wanted, expires_at=expires_at)
    publish(fact, actor=actor, at=at)
    return Created(key, value)


def _checked(user: User, scopes: Iterable[str], *, at: datetime) -> list[str]:
    wanted = sorted(set(scopes))
    if unreadable := [scope for scope in wanted if not permissions.is_pattern(scope)]:
        fault = f"Not a permission such as invoice:view or invoice:*: {', '.join(unreadable)[:200]}"
        raise Invalid(fault, errors=[FieldError("scopes", Invalid.code, fault)])
    if missing := unheld(user, wanted, at=at):
        raise PrivilegeEscalation(missing, "anywhere")
    return wanted


@transaction.atomic
def revoke(key: ApiKey, *, reason: str, actor: Actor, at: datetime) -> bool:
    """False when it was revoked already; then nothing is recorded."""
    revoked = ApiKey.objects.open().filter(pk=key.pk).update(revoked_at=at)
    if revoked:
        publish(ApiKeyRevoked(subject_id=key.pk, user_id=key.user_id, reason=reason), actor=actor, at=at)
    return bool(revoked)


@transaction.atomic
def revoke_all(user: User, *, reason: str, actor: Actor, at: datetime) -> int:
    """How many there were."""
    there_are = ApiKey.objects.open().filter(user=user)
    return sum(revoke(key, reason=reason, actor=actor, at=at) for key in there_are)


def proven(raw: str, *, at: datetime) -> ApiKey | None:
    """The key that is presented, with its owner; None unless both are good. One query, but for one write a minute."""
    found = shown_once.find(ApiKey.objects.select_related("user").filter(user__is_active=True), raw, at=at)
    return found if isinstance(found, ApiKey) else None
