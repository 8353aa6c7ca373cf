"""The kinds of keys, and that each signs what another library's reading of its JWK can check."""

from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import load_der_private_key
from hypothesis import given
from hypothesis import strategies as st

from identity_server.config.policy import SIGN_WITH
from tokens.services import key_pairs
from tokens.services.key_pairs import KINDS, Pair

# RFC 7638, section 3.1.
MODULUS = (
    "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMs"
    "tn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n"
    "91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
)
MEMBERS = {
    "ES256": {"kty": "EC", "crv": "P-256"},
    "RS256": {"kty": "RSA", "e": "AQAB"},
    "EdDSA": {"kty": "OKP", "crv": "Ed25519"},
}


@pytest.fixture(scope="module", params=KINDS)
def made(request: pytest.FixtureRequest) -> tuple[str, Pair]:
    """An algorithm, and a new pair for it. RSA takes its time, so each is made once."""
    return request.param, key_pairs.new(request.param)


def test_the_jwk_says_what_it_is_and_nothing_private(made: tuple[str, Pair]) -> None:
    algorithm, pair = made

    assert pair.jwk.items() >= MEMBERS[algorithm].items()
    assert set(pair.jwk) <= {"kty", "crv", "x", "y", "n", "e"}
    assert all(isinstance(member, str) for member in pair.jwk.values())


def test_what_the_private_half_signs_the_jwk_checks(made: tuple[str, Pair]) -> None:
    algorithm, pair = made
    private: Any = load_der_private_key(pair.private, None)
    signed = jwt.encode({"sub": "alice"}, private, algorithm=algorithm)

    assert jwt.decode(signed, jwt.PyJWK(pair.jwk), algorithms=[algorithm]) == {"sub": "alice"}


def test_the_id_is_the_thumbprint_that_others_compute(made: tuple[str, Pair]) -> None:
    _, pair = made

    assert pair.kid == key_pairs.thumbprint(dict(reversed(pair.jwk.items())))
    assert len(pair.kid) == 43


def test_an_rsa_key_has_3072_bits(made: tuple[str, Pair]) -> None:
    algorithm, pair = made

    assert getattr(jwt.PyJWK(pair.jwk, algorithm).key, "key_size", 256) == {"RS256": 3072}.get(algorithm, 256)


def test_the_id_is_rfc_7638s_thumbprint() -> None:
    found = key_pairs.thumbprint({"kty": "RSA", "e": "AQAB", "n": MODULUS})

    assert found == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


@given(st.permutations(["kty", "crv", "x"]))
def test_the_order_of_the_members_makes_no_difference(order: list[str]) -> None:
    # RFC 8037, appendix A.3.
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}

    found = key_pairs.thumbprint({member: jwk[member] for member in order})

    assert found == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_what_the_operator_may_list_can_be_made() -> None:
    assert set(SIGN_WITH) == set(KINDS)
