"""The keys: how long they are kept, when they are read again, and what is taken for one."""

from collections.abc import Iterator
from threading import Barrier, Thread
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from fake_server import ALICE, JWKS, NEW, OLD, STRANGER, FakeServer, SigningKey, Slow, answer, token
from identity_client import Answer, InvalidToken, Verifier, VerifierUnavailable
from identity_client.keys import keys_in, max_age_of


def plain(server: FakeServer, **options: Any) -> Verifier:
    return server.verifier(follow_revocations=False, polled=False, **options)


def test_keys_are_read_once_while_they_are_fresh() -> None:
    server = FakeServer()
    verifier = plain(server)

    for _ in range(5):
        verifier.verify(token(exp=10**10))
        server.wait(59)

    assert server.times_asked(JWKS) == 1


def test_keys_are_read_again_when_the_server_says_so() -> None:
    server = FakeServer()
    server.cache_control = "public, max-age=20"
    verifier = plain(server)
    verifier.verify(token())

    server.keys = [NEW]
    server.wait(20)

    with pytest.raises(InvalidToken):
        verifier.verify(token())
    assert verifier.verify(token(NEW)).subject


def test_an_unknown_key_is_looked_for_at_once() -> None:
    server = FakeServer()
    verifier = plain(server)
    verifier.verify(token())

    server.keys.append(NEW)
    server.wait(1)

    assert verifier.verify(token(NEW)).subject
    assert verifier.verify(token(OLD)).subject


def test_made_up_key_ids_do_not_hammer_the_server() -> None:
    server = FakeServer()
    verifier = plain(server, key_floor=5)
    verifier.verify(token())

    for _ in range(100):
        server.wait(0.1)
        with pytest.raises(InvalidToken):
            verifier.verify(token(STRANGER))

    assert server.times_asked(JWKS) in {3, 4}


def test_a_key_that_is_unknown_at_the_first_reading_is_not_asked_for_twice() -> None:
    server = FakeServer()

    with pytest.raises(InvalidToken):
        plain(server).verify(token(STRANGER))

    assert server.times_asked(JWKS) == 1


def test_without_keys_there_is_no_answer() -> None:
    server = FakeServer()
    server.down = True
    verifier = plain(server)

    for _ in range(2):
        with pytest.raises(VerifierUnavailable):
            verifier.verify(token())
    assert server.times_asked(JWKS) == 1
    server.down = False
    server.wait(5)

    assert verifier.verify(token()).subject


def test_an_unknown_key_cannot_be_judged_while_the_server_is_away() -> None:
    server = FakeServer()
    verifier = plain(server)
    verifier.verify(token())

    server.down = True
    server.wait(1)

    with pytest.raises(VerifierUnavailable):
        verifier.verify(token(NEW))
    assert verifier.verify(token()).subject


def test_keys_outlive_an_outage_but_not_for_ever() -> None:
    server = FakeServer()
    verifier = plain(server, max_keys_age=600)
    verifier.verify(token(exp=10**10))

    server.down = True
    server.wait(600)
    assert verifier.verify(token(exp=10**10)).subject
    server.wait(1)

    with pytest.raises(VerifierUnavailable):
        verifier.verify(token(exp=10**10))


BROKEN = {
    "an error": answer({}, status=500),
    "a redirect": answer({}, status=302, location="https://evil.example/"),
    "no JSON": Answer(200, {}, b"<html>"),
    "a bomb": Answer(200, {}, b"[" * 100_000),
    "a list": answer([]),
    "no keys": answer({"keys": []}),
    "keys of another kind": answer({"keys": {"kid": OLD.kid}}),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
def test_an_answer_without_keys_does_not_replace_those_that_are_there(broken: Answer) -> None:
    server = FakeServer()
    verifier = plain(server)
    verifier.verify(token(exp=10**10))

    server.answers[JWKS] = broken
    server.wait(400)

    assert verifier.verify(token(exp=10**10)).subject
    with pytest.raises(VerifierUnavailable):
        plain(server).verify(token())


SMALL = SigningKey("RS256", rsa.generate_private_key(65537, 1024)).jwk  # noqa: S505  it is to be refused
PRIVATE = jwt.get_algorithm_by_name("ES256").to_jwk(OLD.private, as_dict=True)
P384 = SigningKey("ES384", ec.generate_private_key(ec.SECP384R1())).jwk
PASSED_OVER: dict[str, Any] = {
    "no dictionary": "key",
    "a secret": {"kty": "oct", "k": "AAAA", "alg": "HS256", "kid": OLD.kid},
    "none": {**OLD.jwk, "alg": "none"},
    "no algorithm": {name: value for name, value in OLD.jwk.items() if name != "alg"},
    "another algorithm": {**OLD.jwk, "alg": "RS256"},
    "a curve that is not for it": {**P384, "alg": "ES256"},
    "an algorithm we do not speak": P384,
    "a key id that is no thumbprint": {**OLD.jwk, "kid": "main"},
    "no key id": {**OLD.jwk, "kid": None},
    "for encryption": {**OLD.jwk, "use": "enc"},
    "with its private half": {**OLD.jwk, "d": PRIVATE["d"]},
    "too short": SMALL,
    "not on the curve": {**OLD.jwk, "x": NEW.jwk["x"]},
    "not base64": {**OLD.jwk, "x": 7},
}


@pytest.mark.parametrize("jwk", PASSED_OVER.values(), ids=PASSED_OVER.keys())
def test_what_is_no_key_for_us_is_passed_over(jwk: object) -> None:
    assert keys_in({"keys": [jwk, NEW.jwk]}).keys() == {NEW.kid}


AGES = [
    ({"cache-control": "public, max-age=60"}, 60),
    ({"cache-control": "MAX-AGE=60"}, 60),
    ({"cache-control": "public, max-age=60", "age": "45"}, 15),
    ({"cache-control": "public, max-age=60", "age": "90"}, 1),
    ({"cache-control": "max-age=0"}, 1),
    ({"cache-control": "no-store"}, 1),
    ({"cache-control": "no-cache, max-age=60"}, 1),
    ({"cache-control": "public"}, 300),
    ({"cache-control": "max-age=soon"}, 300),
    ({}, 300),
]


@pytest.mark.parametrize(("headers", "seconds"), AGES)
def test_how_long_keys_may_be_kept(headers: dict[str, str], seconds: int) -> None:
    assert max_age_of(Answer(200, headers, b"")) == seconds


def test_of_many_requests_one_reads_the_keys() -> None:
    server, crowd = FakeServer(), Barrier(8)
    verifier = plain(server)
    good: list[str] = []

    def ask() -> None:
        crowd.wait()
        good.append(verifier.verify(token()).subject)

    threads = [Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(good) == 8
    assert server.times_asked(JWKS) == 1


def asking(verifier: Verifier, heard: list[str]) -> Thread:
    thread = Thread(target=lambda: heard.append(verifier.verify(token(exp=10**10)).subject))
    thread.start()
    return thread


def test_who_finds_another_reading_the_first_keys_waits_for_them() -> None:
    server, heard = Slow(), list[str]()
    verifier = plain(server)
    first = asking(verifier, heard)
    assert server.was_asked.wait(10)
    second = asking(verifier, heard)
    second.join(0.05)
    assert second.is_alive()

    server.hurry()
    first.join()
    second.join()

    assert heard == [ALICE, ALICE]
    assert server.times_asked(JWKS) == 1


@pytest.fixture
def busy() -> Iterator[Verifier]:
    """Has keys, and another thread is reading them again."""
    server = Slow()
    server.hurry()
    verifier = plain(server)
    assert verifier.verify(token()).subject
    server.tarry()
    server.wait(301)
    reader = asking(verifier, [])
    assert server.was_asked.wait(10)
    yield verifier
    server.hurry()
    reader.join()


def test_who_finds_another_reading_goes_on_with_the_keys_that_are_there(busy: Verifier) -> None:
    assert busy.verify(token(exp=10**10)).subject == ALICE


def test_an_unknown_key_cannot_be_judged_while_another_reads(busy: Verifier, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("identity_client.keys.PATIENCE", 0.01)

    with pytest.raises(VerifierUnavailable):
        busy.verify(token(NEW))
