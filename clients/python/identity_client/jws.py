"""Checking one token, with no network and no memory. As strict as the server itself: every valid token is one that it made.

RFC 8725 with nothing left to the token's own word: the header must be exactly `alg`, `typ` and `kid`, and the key decides
the algorithm. Every failure is one `InvalidToken`.
"""

import binascii
import json
import re
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from typing import Any

import jwt

from identity_client.claims import Claims
from identity_client.errors import InvalidToken

MAX_LENGTH = 8 * 1024
# For clocks that differ between machines; how long a token lives is not stretched by it.
LEEWAY = 60
TYP = "at+jwt"
COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
KID = re.compile(r"[A-Za-z0-9_-]{43}")
HEADER = {"alg", "typ", "kid"}
TIMES_ARE_OURS: Any = {"verify_exp": False, "verify_nbf": False, "verify_iat": False, "strict_aud": True}


@dataclass(frozen=True, slots=True)
class Key:
    """A public key, and the one algorithm that it is for."""

    kid: str
    algorithm: str
    public: Any


@dataclass(frozen=True, slots=True)
class Header:
    algorithm: str
    kid: str


@dataclass(frozen=True, slots=True)
class Expected:
    """From whom a token must be, for whom, and for how many seconds after its end it is still taken."""

    issuer: str
    audience: str
    expiry_leeway: float


def header_of(raw: object) -> Header:
    """The header as it stands there, believed by nobody. Refuses what is too long before looking at any of it."""
    if not isinstance(raw, str) or len(raw) > MAX_LENGTH or not COMPACT.fullmatch(raw):
        raise InvalidToken
    first = raw.partition(".")[0]
    try:
        header = json.loads(urlsafe_b64decode(first + "=" * (-len(first) % 4)))
    except (ValueError, RecursionError, binascii.Error):
        raise InvalidToken from None
    if not isinstance(header, dict) or header.keys() != HEADER or header["typ"] != TYP:
        raise InvalidToken
    if not isinstance(header["kid"], str) or not KID.fullmatch(header["kid"]):
        raise InvalidToken
    return Header(algorithm=header["alg"], kid=header["kid"])


def read(raw: str, header: Header, key: Key, *, expected: Expected, now: float) -> Claims:
    """The claims of a token that this key signed, from and for whom is expected, and valid now."""
    if header.algorithm != key.algorithm:
        raise InvalidToken
    try:
        claims = jwt.decode(
            raw,
            key.public,
            algorithms=[key.algorithm],
            audience=expected.audience,
            issuer=expected.issuer,
            options=TIMES_ARE_OURS,
        )
        _check_times(claims, now=now, expiry_leeway=expected.expiry_leeway)
        return Claims.of(claims)
    except (jwt.InvalidTokenError, KeyError, TypeError, ValueError, OverflowError, OSError, RecursionError):
        raise InvalidToken from None


def _check_times(claims: dict[str, Any], *, now: float, expiry_leeway: float) -> None:
    born, begins, ends = (claims[name] for name in ("iat", "nbf", "exp"))
    # NaN, which JSON knows in Python, is neither before nor after anything.
    if not all(type(time) is int for time in (born, begins, ends)):
        raise InvalidToken
    if ends + expiry_leeway <= now or max(born, begins) > now + LEEWAY:
        raise InvalidToken
