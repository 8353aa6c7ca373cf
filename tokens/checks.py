"""Settings of the signing keys that contradict each other, and a rotation that does not happen."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004  Django calls it so
from django.db import DatabaseError
from django.utils import timezone

from tokens import key_watch


@register(Tags.security)
def keys_sign_for_longer_than_they_are_cached(**_: Any) -> list[CheckMessage]:
    cached = timedelta(seconds=settings.JWKS_CACHE_SECONDS)
    if 2 * cached <= settings.SIGNING_KEY_LIFETIME:
        return []
    return [
        Error(
            "SIGNING_KEY_LIFETIME is shorter than twice JWKS_CACHE.",
            hint="A key would hand over before those who cache our keys have known it for long.",
            id="tokens.E001",
        )
    ]


@register(Tags.database)
def keys_are_rotated_in_time(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Asked by `check --database default` and `migrate`, which must also run where there are no tables yet."""
    if not databases:
        return []
    try:
        late = key_watch.overdue(at=timezone.now())
    except DatabaseError:
        return []
    return [Warning(key_watch.words_for(late), hint="See manage.py keys status.", id="tokens.W001")] if late else []
