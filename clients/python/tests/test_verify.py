"""What passes and what does not. Every refusal is the same one, whatever the cause."""

import json
from base64 import urlsafe_b64encode
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from fake_server import ALICE, ISSUER, LIFE, NOON, OLD, SESSION, STRANGER, FakeServer, SigningKey, claims, token
from identity_client import InvalidToken, Verifier


def part(found: object) -> str:
    return urlsafe_b64encode(json.dumps(found).encode()).decode().rstrip("=")


def forged(header: dict[str, Any], *, secret: bytes = b"") -> str:
    signed = f"{part({'typ': 'at+jwt', 'kid': OLD.kid} | header)}.{part(claims())}"
    maker = HMAC(secret or b"-", SHA256())
    maker.update(signed.encode())
    return f"{signed}.{urlsafe_b64encode(maker.finalize()).decode().rstrip('=')}"


def pem(key: SigningKey) -> bytes:
    public: bytes = key.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return public


def test_a_good_token_says_who_asks() -> None:
    found = FakeServer().verifier().verify(token(roles_omitted=True))

    assert (found.subject, found.session_id, found.client_id) == (ALICE, SESSION, "web")
    assert found.has_scope("invoices")
    assert not found.has_scope("payments")
    assert found.has_role("clerk")
    assert found.roles_omitted
    assert int(found.expires_at.timestamp()) == NOON + LIFE
    assert found.raw["acr"] == "aal1"


@pytest.mark.parametrize("algorithm", ["ES256", "RS256", "EdDSA"])
def test_each_algorithm_is_checked_by_its_key(algorithm: str) -> None:
    key = SigningKey(algorithm)

    assert FakeServer(OLD, key).verifier().verify(token(key)).subject == ALICE


HEADERS: dict[str, dict[str, Any]] = {
    "jku": {"jku": f"{ISSUER}/.well-known/jwks.json"},
    "jwk": {"jwk": STRANGER.jwk},
    "x5u": {"x5u": "https://evil.example/cert"},
    "x5c": {"x5c": ["AAAA"]},
    "crit": {"crit": ["exp"]},
    "zip": {"zip": "DEF"},
    "cty": {"cty": "JWT"},
    "no typ": {"typ": None},
    "a refresh token": {"typ": "rt+jwt"},
    "another spelling of typ": {"typ": "AT+JWT"},
    "JWT": {"typ": "JWT"},
}


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS.keys())
def test_a_header_that_is_not_ours_is_refused_though_the_signature_is_good(header: dict[str, Any]) -> None:
    verifier = FakeServer().verifier()
    assert verifier.verify(OLD.sign(claims())).subject

    with pytest.raises(InvalidToken):
        verifier.verify(OLD.sign(claims(), **header))


FORGED = {
    "none": forged({"alg": "none"}),
    "None": forged({"alg": "None"}),
    "nOnE": forged({"alg": "nOnE"}),
    "no signature": f"{part({'typ': 'at+jwt', 'kid': OLD.kid, 'alg': 'none'})}.{part(claims())}.",
    "HS256 with the PEM": forged({"alg": "HS256"}, secret=pem(OLD)),
    "HS256 with the PEM, no newline": forged({"alg": "HS256"}, secret=pem(OLD).strip()),
    "HS256 with x": forged({"alg": "HS256"}, secret=OLD.jwk["x"].encode()),
    "ES256 that is an HMAC": forged({"alg": "ES256"}, secret=pem(OLD)),
    "no alg": forged({}),
    "an alg that is no string": forged({"alg": ["ES256"]}),
    "a kid that is no string": forged({"alg": "ES256", "kid": {}}),
    "a kid that is a path": forged({"alg": "ES256", "kid": "../../../../../../dev/null"}),
    "another's signature": jwt.encode(claims(), STRANGER.private, "ES256", {"typ": "at+jwt", "kid": OLD.kid}),
    "another's key": token(STRANGER),
    "a header that is a list": f"{part([])}.{part(claims())}.AAAA",
    "a header that is nothing": f"AAAA.{part(claims())}.AAAA",
    "a deep header": f"{urlsafe_b64encode(b'[' * 5000).decode().rstrip('=')}.{part(claims())}.AAAA",
    "an API key": "idk_of-somebody",
    "five parts": "A.A.A.A.A",
    "spaces": f" {token()}",
    "a newline": f"{token()}\n",
    "padding": f"{token()}=",
    "not ASCII": f"{token()}é",
    "empty": "",
}


@pytest.mark.parametrize("raw", FORGED.values(), ids=FORGED.keys())
def test_what_the_server_did_not_sign_so_is_refused(raw: str) -> None:
    with pytest.raises(InvalidToken, match=r"^The token is not valid\.$"):
        FakeServer().verifier().verify(raw)


CLAIMS: dict[str, dict[str, Any]] = {
    "another issuer": {"iss": "https://evil.example"},
    "an issuer that begins alike": {"iss": ISSUER + ".evil.example"},
    "no issuer": {"iss": ...},
    "another audience": {"aud": f"{ISSUER}/api/v1/token/refresh/"},
    "several audiences": {"aud": [ISSUER, "https://evil.example"]},
    "no audience": {"aud": ...},
    "just expired": {"exp": NOON},
    "never expires": {"exp": ...},
    "expires in words": {"exp": "2100-01-01"},
    "expires when nothing does": {"exp": float("nan")},
    "expires at no end": {"exp": float("inf")},
    "expires beyond the calendar": {"exp": 10**18},
    "issued tomorrow": {"iat": NOON + 86400},
    "issued beyond the leeway": {"iat": NOON + 61},
    "issued at true": {"iat": True},
    "not yet": {"nbf": NOON + 61},
    "no nbf": {"nbf": ...},
    "no subject": {"sub": ...},
    "a subject that is no id": {"sub": "alice"},
    "a subject that is a number": {"sub": 7},
    "no session": {"sid": ...},
    "a session that is no id": {"sid": "one"},
    "no client": {"client_id": ...},
    "no jti": {"jti": ...},
    "a scope that is a list": {"scope": ["api"]},
    "roles in one string": {"roles": "admin"},
    "roles that are numbers": {"roles": [1]},
}


@pytest.mark.parametrize("changed", CLAIMS.values(), ids=CLAIMS.keys())
def test_claims_that_do_not_hold_here_are_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(InvalidToken):
        FakeServer().verifier().verify(token(**changed))


def test_a_clock_that_is_a_minute_off_does_no_harm() -> None:
    assert FakeServer().verifier().verify(token(iat=NOON + 60, nbf=NOON + 60)).subject


def test_what_is_too_long_is_refused_before_anything_is_looked_at() -> None:
    server = FakeServer()
    verifier = server.verifier(follow_revocations=False, polled=False)

    with pytest.raises(InvalidToken):
        verifier.verify(token(scope="x" * 8192))

    assert server.asked == []


def test_a_key_id_that_is_none_of_ours_is_not_looked_for() -> None:
    server = FakeServer()
    verifier = server.verifier(follow_revocations=False, polled=False)

    with pytest.raises(InvalidToken):
        verifier.verify(forged({"alg": "ES256", "kid": "main"}))

    assert server.asked == []


def test_the_end_is_exact_unless_asked_otherwise() -> None:
    server = FakeServer()
    exact, lenient = server.verifier(), server.verifier(expiry_leeway=30)

    server.wait(LIFE - 10)
    exact.poll()
    lenient.poll()
    assert exact.verify(token()).subject
    server.wait(10)

    assert lenient.verify(token()).subject
    with pytest.raises(InvalidToken):
        exact.verify(token())
    server.wait(30)
    with pytest.raises(InvalidToken):
        lenient.verify(token())


def test_an_audience_of_ones_own_can_be_asked_for() -> None:
    verifier = FakeServer().verifier(audience="https://invoices.example.org")

    assert verifier.verify(token(aud="https://invoices.example.org")).subject
    with pytest.raises(InvalidToken):
        verifier.verify(token())


SETTINGS: dict[str, dict[str, Any]] = {
    "no credential": {"credential": None},
    "two credentials": {"client_id": "a", "client_secret": "ids_b"},
    "half a client": {"credential": None, "client_id": "a"},
    "polls more rarely than it may be old": {"poll_interval": 60, "max_feed_age": 60},
    "polls without a pause": {"poll_interval": 0},
    "a great leeway": {"expiry_leeway": 61},
}


@pytest.mark.parametrize("options", SETTINGS.values(), ids=SETTINGS.keys())
def test_settings_that_contradict_each_other_stop_the_start(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"credential|poll_interval|expiry_leeway"):
        Verifier(ISSUER, **({"credential": "idk_x"} | options))
