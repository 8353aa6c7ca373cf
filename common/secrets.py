"""Secrets that are shown once: made with a prefix that scanners know, stored as a digest. Pure but for randomness."""

import hashlib
import hmac
import secrets
from typing import NamedTuple


class Issued(NamedTuple):
    value: str
    digest: str


def issue(prefix: str) -> Issued:
    """A new secret of 256 bits: `value` is shown once and never stored, `digest` is stored and never shown."""
    value = f"{prefix}_{secrets.token_urlsafe(32)}"
    return Issued(value, digest_of(value))


def digest_of(value: str) -> str:
    # A plain hash is enough: the value has 256 bits of entropy, so there is no dictionary to try.
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()


def matches(value: str, digest: str) -> bool:
    return hmac.compare_digest(digest_of(value), digest)
