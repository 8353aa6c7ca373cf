"""What is no token of ours, in the ways that libraries were once fooled by (RFC 8725; security E1-E7, E11)."""

import json
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.utils import timezone
from pytest_django import Settings

from common.actors import SYSTEM
from common.errors import Unavailable
from tokens import keyring
from tokens.errors import TokenNotValid
from tokens.models import Session
from tokens.proofs import AccessToken
from tokens.services import keys
from tokens.services.issuing import Issued
from tokens.tests.factories import altered, segment, spoken

Forgery = Callable[[str], str]
SECRETS: dict[str, Callable[[Any], bytes]] = {
    "PEM": lambda key: key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    "PEM without its last newline": lambda key: key.public_bytes(
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
    ).rstrip(),
    "DER": lambda key: key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
    "point": lambda key: key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint),
    "SSH": lambda key: key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH),
    "JWK": lambda key: json.dumps(jwt.algorithms.ECAlgorithm.to_jwk(key, as_dict=True)).encode(),
    "x of the JWK": lambda key: urlsafe_b64decode(jwt.algorithms.ECAlgorithm.to_jwk(key, as_dict=True)["x"] + "="),
}


def refuse(token: str, at: datetime) -> None:
    with pytest.raises(TokenNotValid):
        AccessToken(token, at=at)


def signed(claims: dict[str, Any], *, with_key: Any = None, **header: Any) -> str:
    """Signed as we do it, with our key unless another is given."""
    key = keyring.signer()
    said = {"typ": "at+jwt", "kid": key.kid} | header
    return jwt.encode(claims, with_key or key.private, algorithm=said.get("alg", "ES256"), headers=said)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_flipped_bit_anywhere_is_seen(first: Issued, noon: datetime, place: int) -> None:
    parts = first.access.split(".")
    for at_letter in (0, len(parts[place]) // 2, len(parts[place]) - 1):
        letter = parts[place][at_letter]
        other = "B" if letter == "A" else "A"
        flipped = parts[place][:at_letter] + other + parts[place][at_letter + 1 :]
        refuse(".".join([*parts[:place], flipped, *parts[place + 1 :]]), noon)


@pytest.mark.parametrize(
    "forge",
    [
        lambda token: token.rpartition(".")[0] + ".",
        lambda token: token.rpartition(".")[0],
        lambda token: f"{token}.AAAA",
        lambda token: f"{token}=",
        lambda token: f"{token}==",
        lambda token: f" {token}",
        lambda token: f"{token}\n",
        lambda token: token.replace(".", "..", 1),
        lambda token: token.upper(),
        lambda token: token[:-1],
        lambda token: f"{token}A",
        lambda _: "",
        lambda _: "..",
        lambda _: "\ud800.é.\x00",
    ],
)
def test_only_the_whole_token_counts(first: Issued, noon: datetime, forge: Forgery) -> None:
    refuse(forge(first.access), noon)


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", "", None, ["ES256"]])
@pytest.mark.parametrize("signature", ["", "AAAA"])
def test_a_token_without_signature_is_none(first: Issued, noon: datetime, alg: Any, signature: str) -> None:
    unsigned = altered(first.access, header={"alg": alg}).rpartition(".")[0]

    refuse(f"{unsigned}.{signature}", noon)


@pytest.mark.parametrize("alg", ["HS256", "HS384", "HS512"])
@pytest.mark.parametrize("spelling", SECRETS)
def test_the_public_key_is_no_shared_secret(first: Issued, noon: datetime, alg: str, spelling: str) -> None:
    secret = SECRETS[spelling](keyring.signer().public)
    unsigned = altered(first.access, header={"alg": alg}).rpartition(".")[0]
    mac = jwt.algorithms.get_default_algorithms()[alg].sign(unsigned.encode(), secret)

    refuse(f"{unsigned}.{segment(mac)}", noon)


@pytest.mark.parametrize("alg", ["ES384", "RS256", "PS256", "EdDSA", "es256"])
def test_the_key_decides_the_algorithm(first: Issued, noon: datetime, alg: str) -> None:
    refuse(altered(first.access, header={"alg": alg}), noon)


@pytest.mark.parametrize("alg", ["RS256", "EdDSA"])
def test_a_client_may_ask_for_another_algorithm_and_its_key_alone_checks_it(
    first: Issued, noon: datetime, alg: str
) -> None:
    key, token = keys.ensure(at=noon, algorithm=alg), AccessToken(first.access, at=noon)

    signed = token.get_token_backend().encode(token.payload, alg)

    assert AccessToken(signed, at=noon).payload == token.payload
    assert spoken(signed.split(".")[0]) == {"alg": alg, "kid": key.kid, "typ": "at+jwt"}
    for other in {"ES256", "RS256", "PS256", "EdDSA", "HS256"} - {alg}:
        refuse(altered(signed, header={"alg": other}), noon)
    refuse(altered(signed, header={"kid": keyring.signer().kid}), noon)


def test_an_algorithm_without_a_key_signs_nothing(first: Issued, noon: datetime) -> None:
    token = AccessToken(first.access, at=noon)

    with pytest.raises(Unavailable, match="RS256"):
        token.get_token_backend().encode(token.payload, "RS256")


@pytest.mark.parametrize(
    "kid", ["../../etc/passwd", "' OR 1=1 --", "\x00", "", None, 7, ["a"], {"a": 1}, "A" * 43, "A" * 7000]
)
def test_a_foreign_key_id_opens_nothing(first: Issued, noon: datetime, kid: Any) -> None:
    refuse(altered(first.access, header={"kid": kid}), noon)


def test_a_token_needs_a_key_id(first: Issued, noon: datetime) -> None:
    header, payload, signature = first.access.split(".")
    without = {name: value for name, value in spoken(header).items() if name != "kid"}

    refuse(f"{segment(without)}.{payload}.{signature}", noon)


def test_a_stranger_cannot_sign_under_our_key_id(first: Issued, noon: datetime) -> None:
    claims = spoken(first.access.split(".")[1])

    refuse(signed(claims, with_key=ec.generate_private_key(ec.SECP256R1())), noon)


@pytest.mark.parametrize(
    "extra",
    [
        {"crit": ["x"], "x": 1},
        {"crit": ["b64"], "b64": True},
        {"jku": "http://127.0.0.1:9/keys"},
        {"x5u": "http://127.0.0.1:9/cert"},
        {"x5c": ["AAAA"]},
        {"jwk": {"kty": "EC"}},
        {"cty": "JWT"},
        {"zip": "DEF"},
    ],
)
def test_a_header_with_anything_more_is_refused_although_we_signed_it(
    first: Issued, noon: datetime, extra: dict[str, Any]
) -> None:
    claims = spoken(first.access.split(".")[1])
    AccessToken(signed(claims), at=noon)

    refuse(signed(claims, **extra), noon)


@pytest.mark.parametrize("typ", ["JWT", "jwt", "AT+JWT", "rt+jwt", "application/at+jwt", "", None])
def test_another_type_is_refused_although_we_signed_it(first: Issued, noon: datetime, typ: Any) -> None:
    refuse(signed(spoken(first.access.split(".")[1]), typ=typ), noon)


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://elsewhere.example"},
        {"iss": None},
        {"aud": "https://elsewhere.example"},
        {"aud": ["http://127.0.0.1:8000"]},
        {"aud": None},
        {"exp": None},
        {"exp": "4102444800"},
        {"iat": None},
        {"nbf": None},
        {"sub": None},
        {"sid": "0"},
        {"client_id": None},
    ],
)
def test_wrong_claims_are_refused_although_we_signed_them(
    first: Issued, noon: datetime, claims: dict[str, Any]
) -> None:
    given = {name: value for name, value in (spoken(first.access.split(".")[1]) | claims).items() if value is not None}

    refuse(signed(given), noon)


def test_a_second_instance_with_our_keys_is_another_issuer(first: Issued, noon: datetime, settings: Settings) -> None:
    settings.TOKEN_ISSUER = "https://elsewhere.example"

    refuse(first.access, noon)


def test_it_is_good_until_its_last_second_and_no_longer(first: Issued, noon: datetime) -> None:
    AccessToken(first.access, at=noon + timedelta(seconds=299))

    refuse(first.access, noon + timedelta(seconds=300))


def test_a_node_whose_clock_is_a_minute_behind_takes_it(first: Issued, noon: datetime) -> None:
    AccessToken(first.access, at=noon - timedelta(seconds=60))

    refuse(first.access, noon - timedelta(seconds=61))


def test_a_token_of_a_megabyte_costs_nothing(first: Issued, noon: datetime) -> None:
    shapes = ("A" * 1_000_000, f"{'A' * 1_000_000}.A.A", first.access + "A" * 1_000_000, "." * 1_000_000)
    began = time.perf_counter()

    for token in shapes:
        refuse(token, noon)

    assert time.perf_counter() - began < 0.05


@pytest.mark.parametrize("header", ["[" * 3000, '"text"', "null", "[]", "{", "\ufffe", '{"alg":1e999}'])
def test_a_header_that_is_no_object_of_ours_is_refused(noon: datetime, db: None, header: str) -> None:
    refuse(f"{segment(header.encode())}.AAAA.AAAA", noon)


def test_a_key_that_was_removed_verifies_nothing(first: Issued, noon: datetime) -> None:
    keys.replace_all(actor=SYSTEM, at=noon)

    refuse(first.access, noon)


def test_simplejwts_own_way_in_checks_as_strictly(session: Session) -> None:
    now = timezone.now()
    token = AccessToken.of(session, roles=[], at=now)
    keys.ensure(at=now)
    raw = str(token)

    assert token.get_token_backend().decode(raw, verify=False)["sid"] == str(session.pk)
    with pytest.raises(TokenNotValid):
        token.get_token_backend().decode(raw[:-1], verify=False)


class TestShownAgain:
    """Of a token that was found good only the signature is remembered."""

    def test_it_still_runs_out(self, first: Issued, noon: datetime) -> None:
        AccessToken(first.access, at=noon)

        refuse(first.access, noon + timedelta(minutes=5))

    def test_it_still_dies_with_its_key(self, first: Issued, noon: datetime) -> None:
        AccessToken(first.access, at=noon)

        keys.replace_all(actor=SYSTEM, at=noon)

        refuse(first.access, noon)

    def test_it_is_still_of_one_issuer(self, first: Issued, noon: datetime, settings: Settings) -> None:
        AccessToken(first.access, at=noon)

        settings.TOKEN_ISSUER = settings.TOKEN_AUDIENCE = "https://other.example.org"

        refuse(first.access, noon)

    def test_it_says_what_was_signed_whatever_a_reader_has_written_into_it(self, first: Issued, noon: datetime) -> None:
        AccessToken(first.access, at=noon)["sub"] = "somebody else"

        assert AccessToken(first.access, at=noon)["sub"] == str(first.session.user_id)

    def test_what_was_refused_is_looked_at_again(self, first: Issued, noon: datetime) -> None:
        refuse(first.access[:-4] + "AAAA", noon)
        refuse(first.access[:-4] + "AAAA", noon)
