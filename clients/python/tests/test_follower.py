"""The thread: when it asks, that nothing ends it, and that a forked child has its own."""

import logging
import os
from threading import Event, Thread
from typing import Any

import pytest

from fake_server import ALICE, FEED, NOON, OLD, FakeServer, Slow, answer, session, signing_key, subject, token
from identity_client import Answer, InvalidToken, Verifier, VerifierUnavailable
from identity_client.follower import Follower, pause
from identity_client.forks import Turn

# From 3.12 on, Python warns of a fork beside threads, which is what these tests are about.
FORKS = pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")

PAUSES = [
    (0, 0.0, 5.0),
    (0, 1.0, 4.5),
    (1, 1.0, 1.0),
    (1, 0.0, 0.5),
    (2, 1.0, 2.0),
    (3, 1.0, 4.0),
    (5, 1.0, 15.0),
    (5000, 1.0, 15.0),
]


@pytest.mark.parametrize(("failures", "chance", "seconds"), PAUSES)
def test_the_pause_keeps_the_promise_and_backs_off_after_failures(failures: int, chance: float, seconds: float) -> None:
    assert pause(failures, interval=5, longest=15, chance=chance) == seconds


def test_a_service_that_polls_often_also_tries_again_soon() -> None:
    assert pause(1, interval=0.2, longest=15, chance=1) == 0.2


class Heard(FakeServer):
    """Tells when the feed has been asked for the first, and for the third time."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.third = Event(), Event()

    def __call__(self, url: str, **named: Any) -> Answer:
        try:
            return super().__call__(url, **named)
        finally:
            asked = self.times_asked(FEED)
            if asked >= 1:
                self.first.set()
            if asked >= 3:
                self.third.set()

    def followed(self, **options: Any) -> Verifier:
        made = self.verifier(polled=False, **options)
        made._follower._stopped = False
        return made


@pytest.mark.parametrize("entry", [session(), subject(NOON + 1), signing_key(OLD.kid)], ids=lambda entry: entry["type"])
def test_the_first_token_starts_the_following_and_waits_for_word(entry: dict[str, Any]) -> None:
    server = Heard()
    server.entries = [entry]
    verifier = server.followed()

    with pytest.raises(InvalidToken):
        verifier.verify(token())

    assert verifier._follower.runs()
    verifier.stop()
    assert not verifier._follower.runs()


def test_a_token_waits_for_the_first_word_and_for_no_second_one() -> None:
    server, heard = Slow(), list[str]()
    server.hurry()
    verifier = server.verifier(polled=False)
    verifier._keys.keep_fresh()
    server.tarry()
    verifier._follower._stopped = False
    asking = Thread(target=lambda: heard.append(verifier.verify(token()).subject))
    asking.start()
    asking.join(0.05)
    assert asking.is_alive()

    server.hurry()
    asking.join()

    assert heard == [ALICE]
    assert verifier._follower._tried.is_set()
    verifier.stop()


def test_a_token_waits_no_longer_than_until_the_first_try_has_failed() -> None:
    server = Heard()
    server.answers[FEED] = answer({}, status=500)

    with server.followed() as verifier, pytest.raises(VerifierUnavailable):
        verifier.verify(token())

    assert verifier._follower._tried.is_set()


def test_many_who_start_it_at_once_make_one_thread() -> None:
    rounds: list[int] = []
    follower = Follower(lambda: rounds.append(1), interval=60, longest=60)
    crowd = [Thread(target=follower.ensure) for _ in range(3)]
    with follower._turn.taken():
        for thread in crowd:
            thread.start()
        crowd[-1].join(0.05)

    for thread in crowd:
        thread.join()
    follower.wait_for_first_round(within=10)
    follower.stop(within=10)

    assert rounds == [1]


def test_it_goes_on_by_itself() -> None:
    server = Heard()

    with server.followed(poll_interval=0.001):
        assert server.third.wait(10)


def test_it_outlives_errors_and_says_so_once(caplog: pytest.LogCaptureFixture) -> None:
    server = Heard()
    server.down = True

    with caplog.at_level(logging.INFO), server.followed(poll_interval=0.001, max_feed_age=0.01):
        assert server.third.wait(10)

    assert [record.getMessage() for record in caplog.records] == [
        "The identity server cannot be followed: The identity server gives no answer (ConnectionRefusedError)."
    ]


def test_the_words_of_others_errors_stay_out_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise RuntimeError("idk_secret")

    follower = Follower(fail, interval=5, longest=5)
    with caplog.at_level(logging.INFO):
        assert follower._round(0) == 1

    assert [record.getMessage() for record in caplog.records] == [
        "The identity server cannot be followed: RuntimeError"
    ]


def test_who_has_stopped_it_is_not_followed_again_by_a_token() -> None:
    server = Heard()
    with server.followed() as verifier:
        assert server.first.wait(10)

    assert verifier.verify(token()).subject

    assert not verifier._follower.runs()


def test_starting_twice_makes_one_thread() -> None:
    with Heard().followed() as verifier:
        first = verifier._follower._thread
        verifier.start()

        assert verifier._follower._thread is first


def _in_child(what: Any) -> int:
    """The exit code of a forked child: 0 where `what` held."""
    pid = os.fork()
    if not pid:
        held = False
        try:
            held = bool(what())
        finally:
            os._exit(0 if held else 1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@pytest.mark.live
@FORKS
def test_a_child_follows_with_a_thread_of_its_own() -> None:
    server = Heard()
    with server.followed() as verifier:
        assert verifier.verify(token()).subject
        asked = server.times_asked(FEED)
        server.wait(61)
        server.entries = [session()]

        def child_hears() -> bool:
            try:
                verifier.verify(token())
            except InvalidToken:
                return server.times_asked(FEED) == asked + 1
            return False

        assert _in_child(child_hears) == 0


@pytest.mark.live
@FORKS
def test_a_child_finds_every_lock_free() -> None:
    turn = Turn()

    def child_takes_it() -> bool:
        with turn.taken(within=0) as mine:
            return mine

    with turn.taken():
        assert _in_child(child_takes_it) == 0
    assert child_takes_it()
