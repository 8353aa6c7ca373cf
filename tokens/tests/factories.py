"""Sessions that no database has seen, and tokens that nobody of ours has signed."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

from accounts.models import User
from tokens.models import Session

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)


def unsaved_session(*, user: dict[str, Any] | None = None, **traits: Any) -> Session:
    """One that began an hour before noon and was refreshed five times, the last time at noon."""
    usual = {
        "user": User(**(user or {})),
        "created_at": NOON - timedelta(hours=1),
        "rotated_at": NOON,
        "refresh_counter": 5,
        "idle_expires_at": NOON + timedelta(days=14),
        "expires_at": NOON + timedelta(days=90),
    }
    return Session(**usual | traits)


def segment(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def altered(token: str, *, header: dict[str, Any] | None = None, payload: dict[str, Any] | None = None) -> str:
    """The token with other words in it, and its old signature."""
    parts = token.split(".")
    for place, changes in enumerate((header, payload)):
        if changes is not None:
            parts[place] = segment(spoken(parts[place]) | changes)
    return ".".join(parts)


def spoken(part: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(urlsafe_b64decode(part + "=="))
    return found
