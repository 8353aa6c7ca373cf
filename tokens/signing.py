"""Signing and checking compact JWS with the ring, in SimpleJWT's place for it (a TokenBackend).

Strict, because every valid token is one that we made: RFC 8725 with nothing left to the token's own word. Its header must be
exactly `alg`, `typ` and `kid`; the key decides the algorithm; nothing is ever fetched. Every failure is one `TokenNotValid`.
"""

import binascii
import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import jwt
from django.utils import timezone
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.tokens import Token

from tokens import keyring
from tokens.errors import TokenNotValid

MAX_LENGTH = 8 * 1024
# For clocks that differ between nodes; how long a token lives is not stretched by it.
LEEWAY = timedelta(seconds=60)
COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
HEADER = {"alg", "typ", "kid"}
TIMES_ARE_OURS: Any = {"verify_exp": False, "verify_nbf": False, "verify_iat": False, "strict_aud": True}


class RingBackend(TokenBackend):
    """Signs and checks the tokens of one type for one audience."""

    def __init__(self, typ: str, *, issuer: str, audience: str, algorithm: str) -> None:
        super().__init__(algorithm, issuer=issuer, audience=audience, leeway=LEEWAY)
        self.typ = typ

    def encode(self, payload: dict[str, Any], algorithm: str | None = None) -> str:
        """Signed by `algorithm` where a client asked for one, else as this backend always does."""
        key = keyring.signer(algorithm or self.algorithm)
        claims = payload | {"iss": self.issuer, "aud": self.audience}
        return jwt.encode(claims, key.private, algorithm=key.algorithm, headers={"typ": self.typ, "kid": key.kid})

    def decode(self, token: Token | str, verify: bool = True) -> dict[str, Any]:  # noqa: ARG002  SimpleJWT's signature
        """SimpleJWT's own way in. There is no reading without checking, whatever `verify` says."""
        return self.read(str(token), at=timezone.now())

    def read(self, raw: str, *, at: datetime) -> dict[str, Any]:
        """The claims of a token that is ours, of this type, for this audience and valid at `at`."""
        header = header_of(raw)
        key = keyring.verifier(header.get("kid"), at=at)
        if header.keys() != HEADER or header["typ"] != self.typ or not key or header["alg"] != key.algorithm:
            raise TokenNotValid
        try:
            claims = _signed(raw, Check(key.kid, key.algorithm, str(self.audience), str(self.issuer), key.public))
            _check_times(claims, now=at.timestamp())
        except (jwt.InvalidTokenError, KeyError, TypeError):
            raise TokenNotValid from None
        return dict(claims)


@dataclass(frozen=True, slots=True)
class Check:
    """What a signature is checked with. The `kid` is the key's thumbprint, so it stands for the key (RFC 7638)."""

    kid: str
    algorithm: str
    audience: str
    issuer: str
    public: Any = field(compare=False)


# What a signature says never changes, and a client shows its token for minutes. All that can change is asked each time: whether
# the key still verifies, what the clock says, whether the session stands. What was refused is not remembered.
@lru_cache(maxsize=2048)
def _signed(raw: str, check: Check) -> Mapping[str, Any]:
    """The claims of a token with a good signature."""
    claims: dict[str, Any] = jwt.decode(
        raw,
        check.public,
        algorithms=[check.algorithm],
        audience=check.audience,
        issuer=check.issuer,
        options=TIMES_ARE_OURS,
    )
    return MappingProxyType(claims)


def header_of(raw: str) -> dict[str, Any]:
    """The header as it stands there, believed by nobody. Refuses what is too long before looking at any of it."""
    if len(raw) > MAX_LENGTH or not COMPACT.fullmatch(raw):
        raise TokenNotValid
    return dict(_spoken(raw.partition(".")[0]))


# Those of our tokens differ in type and key only, and each is asked for several times in a request.
@lru_cache(maxsize=64)
def _spoken(first: str) -> dict[str, Any]:
    try:
        header = json.loads(urlsafe_b64decode(first + "=" * (-len(first) % 4)))
    except (ValueError, RecursionError, binascii.Error):
        raise TokenNotValid from None
    if not isinstance(header, dict):
        raise TokenNotValid
    return header


def _check_times(claims: Mapping[str, Any], *, now: float) -> None:
    if claims["exp"] <= now or max(claims["iat"], claims["nbf"]) > now + LEEWAY.total_seconds():
        raise TokenNotValid
