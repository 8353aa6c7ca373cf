"""Answers that others keep for us, sealed with what they are about and where they lie."""

import hmac
import json
from collections.abc import Mapping
from typing import Any

from django.conf import settings

SEAL_BYTES = 32
# What was opened before is known by its bytes, and need not be read again.
MOST_KNOWN = 20_000
_known: dict[str, tuple[bytes, dict[str, Any]]] = {}


def sealed(place: str, answer: Mapping[str, Any]) -> bytes:
    text = json.dumps(answer, separators=(",", ":")).encode()
    found = _seal(place, text) + text
    _know(place, found, dict(answer))
    return found


def opened(place: str, found: bytes) -> dict[str, Any]:
    """The answer, the same object as long as the same lies there; empty where it was not we who put it there."""
    known = _known.get(place)
    if known and known[0] == found:
        return known[1]
    seal, text = found[:SEAL_BYTES], found[SEAL_BYTES:]
    if not hmac.compare_digest(seal, _seal(place, text)):
        return {}
    answer: dict[str, Any] = json.loads(text)
    _know(place, found, answer)
    return answer


def _know(place: str, found: bytes, answer: dict[str, Any]) -> None:
    if len(_known) >= MOST_KNOWN:
        _known.clear()
    _known[place] = (found, answer)


def _seal(place: str, text: bytes) -> bytes:
    # Whoever gets into Redis may make us ask the database, but not make us take anybody for more than she is.
    key = f"common.seals {settings.SECRET_KEY}".encode()
    return hmac.digest(key, place.encode() + b"\0" + text, "sha256")
