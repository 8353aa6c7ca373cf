"""The server's public keys, kept for as long as it allows and read again for a key id that is not among them."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from identity_client.clock import Clock
from identity_client.errors import InvalidToken, VerifierUnavailable
from identity_client.forks import Turn
from identity_client.jws import KID, Key
from identity_client.web import Answer, Server, document

PATH = "/.well-known/jwks.json"
# What a key of each algorithm must say of itself.
KINDS = {
    "ES256": {"kty": "EC", "crv": "P-256"},
    "RS256": {"kty": "RSA"},
    "EdDSA": {"kty": "OKP", "crv": "Ed25519"},
}
MIN_RSA_BITS = 2048
USUAL_MAX_AGE = 300
SHORTEST_MAX_AGE = 1
# How long one request waits for another that reads the keys just now.
PATIENCE = 1.0


@dataclass(frozen=True, slots=True)
class KeySet:
    keys: Mapping[str, Key]
    read_at: float
    fresh_until: float


class Keys:
    """Who finds them stale reads them, one at a time; the others go on with what is there.

    Made-up key ids cannot be used to hammer the server: for those it is asked once in `floor` seconds. Keys that could
    not be read again for `max_age` seconds are trusted no more.
    """

    def __init__(self, server: Server, clock: Clock, *, floor: float, max_age: float) -> None:
        self._server, self._now = server, clock.steady
        self._floor, self._max_age = floor, max_age
        self._held = KeySet({}, -math.inf, -math.inf)
        self._sought_at = -math.inf
        self._fault = ""
        self._turn = Turn()

    def find(self, kid: str) -> Key:
        asked_at = self._now()
        self.keep_fresh()
        if kid not in self._held.keys and self._usable and self._held.read_at < asked_at:
            self._seek()
        key = self._held.keys.get(kid)
        if not self._usable or (key is None and self._fault):
            raise VerifierUnavailable(self._fault or "The identity server's keys have not been read yet.")
        if key is None:
            raise InvalidToken
        return key

    def keep_fresh(self, *, ahead: float = 0) -> None:
        """Reads the keys that are stale, or will be in `ahead` seconds. What goes wrong shows in `find`."""
        if not self._is_stale(ahead):
            return
        with self._turn.taken(within=0 if self._usable else PATIENCE) as mine:
            if mine and self._is_stale(ahead):
                self._read()

    def _seek(self) -> None:
        with self._turn.taken(within=PATIENCE) as mine:
            if not mine:
                raise VerifierUnavailable("The identity server's keys are being read.")
            if self._now() - self._sought_at < self._floor:
                return
            self._read()
            # From the end of it, so that a server that hangs holds only some of the time.
            self._sought_at = self._now()

    @property
    def _usable(self) -> bool:
        return self._now() - self._held.read_at <= self._max_age

    def _is_stale(self, ahead: float) -> bool:
        return self._now() + ahead >= self._held.fresh_until

    def _read(self) -> None:
        began = self._now()
        try:
            answer = self._server.ask(PATH, headers={"Accept": "application/json"})
            keys = keys_in(document(answer, what="its keys"))
            self._held, self._fault = KeySet(keys, began, began + max_age_of(answer)), ""
        except VerifierUnavailable as fault:
            self._held, self._fault = replace(self._held, fresh_until=self._now() + self._floor), str(fault)


def max_age_of(answer: Answer) -> float:
    """For how many seconds the answer may be kept (RFC 9111), less those that a cache on the way has had it."""
    control = answer.headers.get("cache-control", "").lower()
    if "no-store" in control or "no-cache" in control:
        return SHORTEST_MAX_AGE
    said = re.search(r"\bmax-age=(\d{1,9})\b", control)
    had = re.fullmatch(r"\d{1,9}", answer.headers.get("age", ""))
    return max(SHORTEST_MAX_AGE, (int(said[1]) if said else USUAL_MAX_AGE) - (int(had[0]) if had else 0))


def keys_in(jwks: dict[str, Any]) -> dict[str, Key]:
    """The keys that we can use. Others are passed over, so that the server may publish kinds that we do not know."""
    found = jwks.get("keys")
    keys = [_key_of(jwk) for jwk in found if isinstance(jwk, dict)] if isinstance(found, list) else []
    usable = {key.kid: key for key in keys if key}
    if not usable:
        raise VerifierUnavailable("The identity server publishes no key that can be used.")
    return usable


def _key_of(jwk: dict[str, Any]) -> Key | None:
    kid, algorithm = str(jwk.get("kid")), str(jwk.get("alg"))
    kind = KINDS.get(algorithm)
    if kind is None or not KID.fullmatch(kid) or not _is_public(jwk, kind):
        return None
    try:
        public = jwt.PyJWK(jwk, algorithm).key
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    if isinstance(public, RSAPublicKey) and public.key_size < MIN_RSA_BITS:
        return None
    return Key(kid, algorithm, public)


def _is_public(jwk: dict[str, Any], kind: Mapping[str, str]) -> bool:
    # A private half has no place there: who can read it can sign.
    return "d" not in jwk and jwk.get("use", "sig") == "sig" and kind.items() <= jwk.items()
