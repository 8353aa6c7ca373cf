"""The signing keys as this process knows them: parsed once, read again from the database every few seconds.

A request never parses a key and rarely reads one. A key id that the ring does not hold is looked for in the database at once,
but not more often than `UNKNOWN_FLOOR` allows, so that made-up ids cannot be used to hammer it.
"""

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from threading import Lock
from typing import Any

import jwt
from cryptography.hazmat.primitives.serialization import load_der_private_key
from django.conf import settings

from common import encryption
from common.errors import Unavailable
from tokens.models import KeyState, SigningKey

REFRESH_SECONDS = 5.0
UNKNOWN_FLOOR = 1.0
KID = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Key:
    kid: str
    algorithm: str
    state: str
    verifies_until: datetime | None
    public_jwk: str
    sealed_private_key: bytes

    @property
    def public(self) -> Any:
        return _public(self.public_jwk, self.algorithm)

    @property
    def private(self) -> Any:
        return _private(self.sealed_private_key)

    def verifies(self, *, at: datetime) -> bool:
        return self.verifies_until is None or self.verifies_until > at


@dataclass(frozen=True, slots=True)
class Ring:
    keys: Mapping[str, Key]
    read_at: float


@lru_cache(maxsize=64)
def _public(jwk: str, algorithm: str) -> Any:
    return jwt.PyJWK(json.loads(jwk), algorithm).key


@lru_cache(maxsize=16)
def _private(sealed: bytes) -> Any:
    return load_der_private_key(encryption.decrypt(sealed), password=None)


_ring: Ring | None = None
_reading = Lock()
_unknown_sought_at = -UNKNOWN_FLOOR


def forget() -> None:
    """Make the next look read the database: for who has just changed the keys, and between tests."""
    global _ring, _unknown_sought_at
    _ring, _unknown_sought_at = None, -UNKNOWN_FLOOR


def signer(algorithm: str | None = None) -> Key:
    """The key that signs now."""
    wanted = algorithm or settings.SIGNING_ALGORITHM
    for key in _current().keys.values():
        if key.state == KeyState.ACTIVE and key.algorithm == wanted:
            return key
    raise Unavailable(f"There is no active signing key for {wanted}.")


def verifier(kid: object, *, at: datetime) -> Key | None:
    """The key of that id if what it signed may still be valid. None for anything that is not an id of ours."""
    if not isinstance(kid, str) or not KID.fullmatch(kid):
        return None
    key = _current().keys.get(kid) or _sought(kid)
    return key if key and key.verifies(at=at) else None


def published(*, at: datetime) -> list[dict[str, str]]:
    """The public halves as JWKs (RFC 7517): the next key, the present one, and the retired while their tokens live."""
    own = {"use": "sig"}
    return [
        json.loads(key.public_jwk) | own | {"alg": key.algorithm, "kid": key.kid}
        for key in _current().keys.values()
        if key.verifies(at=at)
    ]


def _current() -> Ring:
    """The ring, read again when it has become old; who comes while another thread reads takes the old one."""
    ring = _ring
    if ring and time.monotonic() - ring.read_at < REFRESH_SECONDS:
        return ring
    if not _reading.acquire(blocking=ring is None):
        return ring or _current()
    try:
        newer = _ring
        return newer if newer and newer is not ring else _read()
    finally:
        _reading.release()


def _sought(kid: str) -> Key | None:
    """Looks in the database for a key that may have been made a moment ago, at most once for each `UNKNOWN_FLOOR`."""
    global _unknown_sought_at  # noqa: PLW0603  the ring is the process's memory
    now = time.monotonic()
    if now - _unknown_sought_at < UNKNOWN_FLOOR:
        return None
    _unknown_sought_at = now
    return _read().keys.get(kid)


def _read() -> Ring:
    global _ring  # noqa: PLW0603  the ring is the process's memory
    began = time.monotonic()
    _ring = Ring({row.kid: _key_of(row) for row in SigningKey.objects.order_by("id")}, began)
    return _ring


def _key_of(row: SigningKey) -> Key:
    return Key(
        kid=row.kid,
        algorithm=row.algorithm,
        state=row.state,
        verifies_until=row.verifies_until,
        public_jwk=json.dumps(row.public_jwk, sort_keys=True),
        sealed_private_key=bytes(row.sealed_private_key),
    )
