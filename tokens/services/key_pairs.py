"""Key pairs of the kinds that sign here, as they are kept: the private half in PKCS #8, the public one as a JWK.

A JWK holds the members that RFC 7638 counts and no other (RFC 7518, section 6; RFC 8037, section 2), so its thumbprint is its own.
"""

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

# 128 bits of security, as the two others have (NIST SP 800-57, table 2).
RSA_BITS = 3072
RSA_EXPONENT = 65537


class Pair(NamedTuple):
    private: bytes
    jwk: dict[str, str]

    @property
    def kid(self) -> str:
        return thumbprint(self.jwk)


class Kind(NamedTuple):
    make: Callable[[], Any]
    describe: Callable[..., Any]
    members: tuple[str, ...]


KINDS: Mapping[str, Kind] = {
    "ES256": Kind(lambda: ec.generate_private_key(ec.SECP256R1()), ECAlgorithm.to_jwk, ("kty", "crv", "x", "y")),
    "RS256": Kind(lambda: rsa.generate_private_key(RSA_EXPONENT, RSA_BITS), RSAAlgorithm.to_jwk, ("kty", "n", "e")),
    "EdDSA": Kind(ed25519.Ed25519PrivateKey.generate, OKPAlgorithm.to_jwk, ("kty", "crv", "x")),
}


def new(algorithm: str) -> Pair:
    """A fresh pair. RS256 takes some tenths of a second of a core: never while others wait for a lock."""
    kind = KINDS[algorithm]
    pair = kind.make()
    private = pair.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    described = kind.describe(pair.public_key(), as_dict=True)
    return Pair(private, {member: described[member] for member in kind.members})


def thumbprint(jwk: Mapping[str, str]) -> str:
    """RFC 7638: the same key has the same id everywhere."""
    members = json.dumps(jwk, sort_keys=True, separators=(",", ":"))
    return urlsafe_b64encode(hashlib.sha256(members.encode()).digest()).rstrip(b"=").decode()
