"""Answers that others keep for us, sealed with what they are about and where they lie."""

import hmac
import json
from collections.abc import Mapping
from typing import Any

from django.conf import settings

SEAL_BYTES = 32


def sealed(place: str, answer: Mapping[str, Any]) -> bytes:
    text = json.dumps(answer, separators=(",", ":")).encode()
    return _seal(place, text) + text


def opened(place: str, found: bytes) -> dict[str, Any]:
    """The answer; empty where it was not we who put it there."""
    seal, text = found[:SEAL_BYTES], found[SEAL_BYTES:]
    if not hmac.compare_digest(seal, _seal(place, text)):
        return {}
    answer: dict[str, Any] = json.loads(text)
    return answer


def _seal(place: str, text: bytes) -> bytes:
    # Whoever gets into Redis may make us ask the database, but not make us take anybody for more than she is.
    key = f"common.seals {settings.SECRET_KEY}".encode()
    return hmac.digest(key, place.encode() + b"\0" + text, "sha256")
