"""The signing keys as this process knows them: parsed once, read again from the database every few seconds.

A request never parses a key twice and rarely reads one. A key id that the ring does not hold is looked for in the database at once,
but not more often than `UNKNOWN_FLOOR` allows, so that made-up ids cannot be used to hammer it.
"""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
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


class Halves:
    """Both halves of a key, each parsed when it is first used and kept for as long as the ring holds the key."""

    def __init__(self, algorithm: str, public_jwk: dict[str, Any], sealed: bytes) -> None:
        self.algorithm, self.public_jwk, self.sealed = algorithm, public_jwk, sealed

    @cached_property
    def public(self) -> Any:
        return jwt.PyJWK(self.public_jwk, self.algorithm).key

    @cached_property
    def private(self) -> Any:
        # Looking for weak RSA numbers takes 180 ms, and these are ours: what was tampered with does not unseal.
        return load_der_private_key(encryption.decrypt(self.sealed), None, unsafe_skip_rsa_key_validation=True)


@dataclass(frozen=True, slots=True)
class Key:
    kid: str
    algorithm: str
    state: str
    verifies_until: datetime | None
    halves: Halves

    @property
    def public(self) -> Any:
        return self.halves.public

    @property
    def private(self) -> Any:
        return self.halves.private

    @property
    def public_jwk(self) -> dict[str, Any]:
        """RFC 7517, section 4, with what the key is for."""
        return self.halves.public_jwk | {"use": "sig", "alg": self.algorithm, "kid": self.kid}

    def verifies(self, *, at: datetime) -> bool:
        return self.verifies_until is None or self.verifies_until > at


@dataclass(frozen=True, slots=True)
class Ring:
    keys: Mapping[str, Key]
    read_at: float


@dataclass(slots=True)
class Memory:
    """What this process remembers. `changes` counts how often it was told that the keys have changed."""

    ring: Ring | None = None
    halves: Mapping[str, Halves] = field(default_factory=dict)
    changes: int = 0
    unknown_sought_at: float = -UNKNOWN_FLOOR


_memory = Memory()
_reading = Lock()


def forget() -> None:
    """Make the next look read the database: for who has just changed the keys, and between tests."""
    _memory.changes += 1
    _memory.ring, _memory.unknown_sought_at = None, -UNKNOWN_FLOOR


def expect(kid: str) -> None:
    """Hear from a reader of the database that this key signs now.

    A ring that does not hold it, or holds it as waiting, is read again: it would sign with a key that an emergency has removed.
    """
    if _holds(_current(), kid):
        return
    with _reading:
        # Who waited here for another reader has its ring.
        ring = _memory.ring
        if ring is None or not _holds(ring, kid):
            _read()


def signer(algorithm: str | None = None) -> Key:
    """The key that signs now, by the algorithm asked for or the first of SIGNING_ALGORITHMS."""
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


def published(*, at: datetime) -> list[dict[str, Any]]:
    """The public halves as JWKs: the next keys, the present ones, and the retired while their tokens live."""
    return [key.public_jwk for key in _current().keys.values() if key.verifies(at=at)]


def _current() -> Ring:
    """The ring, read again when it has become old; who comes while another thread reads takes the old one."""
    ring = _memory.ring
    if ring and time.monotonic() - ring.read_at < REFRESH_SECONDS:
        return ring
    if not _reading.acquire(blocking=ring is None):
        return ring or _current()
    try:
        newer = _memory.ring
        return newer if newer and newer is not ring else _read()
    finally:
        _reading.release()


def _holds(ring: Ring, kid: str) -> bool:
    key = ring.keys.get(kid)
    return key is not None and key.state != KeyState.PENDING


def _sought(kid: str) -> Key | None:
    """Looks in the database for a key that may have been made a moment ago, at most once for each `UNKNOWN_FLOOR`."""
    now = time.monotonic()
    if now - _memory.unknown_sought_at < UNKNOWN_FLOOR:
        return None
    _memory.unknown_sought_at = now
    return _read().keys.get(kid)


def _read() -> Ring:
    began, changes, known = time.monotonic(), _memory.changes, _memory.halves
    rows = SigningKey.objects.order_by("id")
    ring = Ring({row.kid: _key_of(row, known.get(row.kid)) for row in rows}, began)
    newest = _memory.ring
    # A reader who was overtaken by a change, or by another reader, must not bring the old keys back.
    if changes == _memory.changes and (newest is None or newest.read_at <= began):
        _memory.ring = ring
        _memory.halves = {kid: key.halves for kid, key in ring.keys.items()}
    return ring


def _key_of(row: SigningKey, known: Halves | None) -> Key:
    sealed = bytes(row.sealed_private_key)
    halves = known if known and known.sealed == sealed else Halves(row.algorithm, row.public_jwk, sealed)
    return Key(row.kid, row.algorithm, row.state, row.verifies_until, halves)
