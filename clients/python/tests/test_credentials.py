"""With what the feed is asked for, and when that is got anew."""

import logging
from base64 import b64decode
from typing import Any
from urllib.parse import quote_plus

import pytest

from fake_server import CREDENTIAL, FEED, TOKEN, FakeServer, answer
from identity_client import Verifier, VerifierUnavailable

SECRET = "ids_a+secret/with:signs"


def client(server: FakeServer, **options: Any) -> Verifier:
    return server.verifier(credential=None, client_id="billing", client_secret=SECRET, **options)


def test_a_client_buys_a_token_and_keeps_it_while_it_lives() -> None:
    server = FakeServer()
    verifier = client(server)

    server.wait(239)
    verifier.poll()
    assert server.times_asked(TOKEN) == 1
    server.wait(1)
    verifier.poll()

    assert server.times_asked(TOKEN) == 2


def test_the_secret_goes_as_rfc_6749_wants_it() -> None:
    server = FakeServer()
    client(server)

    asked = next(asked for asked in server.asked if TOKEN in asked.url)

    assert asked.form == {"grant_type": "client_credentials"}
    said = b64decode(asked.headers["Authorization"].removeprefix("Basic ")).decode()
    assert said == f"billing:{quote_plus(SECRET)}"


def test_a_refused_token_is_renewed_once() -> None:
    server = FakeServer()
    verifier = client(server)

    server.credentials.clear()
    verifier.poll()

    assert server.times_asked(TOKEN) == 2
    server.answers[FEED] = answer({}, status=401)
    with pytest.raises(VerifierUnavailable):
        verifier.poll()
    assert server.times_asked(TOKEN) == 3


def test_a_callable_is_asked_again_after_a_refusal() -> None:
    server, said = FakeServer(), iter(["idk_old", CREDENTIAL])

    server.verifier(credential=lambda: next(said))

    assert server.times_asked(FEED) == 2


def test_a_string_that_is_refused_is_not_sent_twice() -> None:
    server = FakeServer()

    with pytest.raises(VerifierUnavailable):
        server.verifier(credential="idk_wrong")

    assert server.times_asked(FEED) == 1


def test_the_newline_at_the_end_of_a_secret_file_is_no_part_of_it() -> None:
    assert FakeServer().verifier(credential=f"{CREDENTIAL}\n").feed_age == 0


BROKEN = {
    "refused": answer({"error": "invalid_client"}, status=401),
    "no token": answer({"expires_in": 300}),
    "a life in words": answer({"access_token": "x", "expires_in": "long"}),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
def test_who_gets_no_token_has_no_word_of_the_feed(broken: Any) -> None:
    server = FakeServer()
    server.answers[TOKEN] = broken

    with pytest.raises(VerifierUnavailable):
        client(server)
    assert server.times_asked(FEED) == 0


def test_no_fault_and_no_log_line_repeats_a_secret(caplog: pytest.LogCaptureFixture) -> None:
    server = FakeServer()
    server.down = True
    verifier = client(server, polled=False)
    with caplog.at_level(logging.DEBUG), pytest.raises(VerifierUnavailable) as caught:
        verifier.poll()

    verifier._follower._round(0)

    assert caplog.records
    said = caplog.text + str(caught.value) + repr(vars(verifier))
    assert not any(part in said for part in ("ids_", "Basic", quote_plus(SECRET)))
