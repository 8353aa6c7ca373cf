"""What the feed kills, and what happens when it is not heard."""

from threading import Thread
from typing import Any

import pytest

from fake_server import (
    CREDENTIAL,
    FEED,
    ISSUER,
    JWKS,
    LIFE,
    NEW,
    NOON,
    OLD,
    OTHER_SESSION,
    SESSION,
    FakeServer,
    Slow,
    answer,
    iso,
    session,
    signing_key,
    subject,
    token,
)
from identity_client import InvalidToken, Verifier, VerifierUnavailable
from identity_client.revocations import MARGIN, Revocations, entries_in


def test_a_killed_session_is_refused_from_the_next_poll_and_no_other() -> None:
    server = FakeServer()
    verifier = server.verifier()
    assert verifier.verify(token()).subject

    server.entries.append(session())
    verifier.poll()

    with pytest.raises(InvalidToken):
        verifier.verify(token())
    assert verifier.verify(token(sid=OTHER_SESSION)).subject


def test_a_session_is_the_same_in_any_spelling() -> None:
    server = FakeServer()
    server.entries.append(session(SESSION.upper()))
    verifier = server.verifier()

    for spelling in (SESSION, SESSION.upper(), SESSION.replace("-", "")):
        with pytest.raises(InvalidToken):
            verifier.verify(token(sid=spelling))


def test_a_subject_loses_what_was_issued_before_the_second_of_the_sign_out() -> None:
    server = FakeServer()
    server.entries.append(subject(NOON + 0.9))
    verifier = server.verifier()

    assert verifier.verify(token(iat=NOON + 1)).subject
    assert verifier.verify(token(iat=NOON)).subject
    with pytest.raises(InvalidToken):
        verifier.verify(token(iat=NOON - 1))


def test_another_persons_tokens_live_on() -> None:
    server = FakeServer()
    server.entries.append(subject(NOON + 10))

    assert server.verifier().verify(token(sub=OTHER_SESSION)).subject


def test_the_later_of_two_sign_outs_counts_in_whatever_order_they_come() -> None:
    later, earlier = entries_in([subject(NOON + 10), subject(NOON - 10, expires_at=iso(NOON + 999))])

    for order in ([later, earlier], [earlier, later]):
        known = Revocations().joined(order)
        assert [(entry.not_before, entry.expires_at) for entry in known.entries.values()] == [(NOON + 10, NOON + 999)]


def test_a_killed_key_is_dead_although_the_keys_still_name_it() -> None:
    server = FakeServer(OLD, NEW)
    verifier = server.verifier()
    asked = server.times_asked(JWKS)
    server.entries.append(signing_key(OLD.kid))

    verifier.poll()

    with pytest.raises(InvalidToken):
        verifier.verify(token(OLD))
    assert verifier.verify(token(NEW)).subject
    assert server.times_asked(JWKS) == asked


def test_tokens_of_a_killed_key_do_not_have_the_keys_read_again() -> None:
    server = FakeServer(NEW)
    server.entries.append(signing_key(OLD.kid))
    verifier = server.verifier()
    server.wait(1)

    with pytest.raises(InvalidToken):
        verifier.verify(token(OLD))

    assert server.times_asked(JWKS) == 1


def test_of_two_polls_one_waits_for_the_other() -> None:
    server = Slow()
    verifier = server.verifier(polled=False)
    threads = [Thread(target=verifier.poll) for _ in range(2)]
    for thread in threads:
        thread.start()
    assert server.was_asked.wait(10)
    threads[1].join(0.05)
    assert server.waiting == 1

    server.hurry()
    for thread in threads:
        thread.join()

    assert server.times_asked(FEED) == 2


def test_all_pages_are_read_and_the_next_poll_begins_after_them() -> None:
    server = FakeServer()
    server.page_size = 2
    server.entries = [session(f"0190a000-0000-7000-8000-{number:012d}") for number in range(5)]
    verifier = server.verifier()
    with pytest.raises(InvalidToken):
        verifier.verify(token(sid="0190a000-0000-7000-8000-000000000004"))

    verifier.poll()

    assert server.asked[-1].url == f"{ISSUER}{FEED}?page_size=200&since=5"
    assert server.times_asked(FEED) == 4


def test_a_page_holds_at_once_but_half_a_feed_is_not_a_fresh_one() -> None:
    server = FakeServer()
    server.answers[FEED] = answer({"results": [session()], "cursor": "1", "next": f"{ISSUER}/broken/"})
    server.answers["/broken/"] = answer({}, status=500)
    verifier = server.verifier(polled=False)

    with pytest.raises(VerifierUnavailable):
        verifier.poll()

    assert verifier.feed_age is None
    assert verifier._feed is not None
    assert len(verifier._feed.known.entries) == 1


HOSTILE = [
    "https://evil.example/api/v1/revocations/",
    "http://id.example.org/api/v1/revocations/",
    "https://id.example.org:8443/api/v1/revocations/",
    "https://id.example.org@evil.example/api/v1/revocations/",
    "https://evil.example@id.example.org/api/v1/revocations/",
    "https://id.example.org.evil.example/",
    "https://id.example.org\\@evil.example/",
    "https://id.example.org:port/",
    "file:///etc/passwd",
    "//evil.example/",
    "https://id.exam\tple.org/",
    "",
    7,
    ["https://id.example.org/"],
]


@pytest.mark.parametrize("hostile", HOSTILE, ids=str)
def test_the_credential_goes_nowhere_else(hostile: object) -> None:
    server = FakeServer()
    server.answers[FEED] = answer({"results": [], "cursor": "1", "next": hostile})
    server.answers["//evil.example/"] = server.answers["/"] = answer({}, status=404)
    verifier = server.verifier(polled=False)

    with pytest.raises(VerifierUnavailable):
        verifier.poll()

    assert all(asked.url.startswith(f"{ISSUER}/") for asked in server.asked)


def test_a_feed_that_goes_round_in_circles_ends() -> None:
    server = FakeServer()
    server.answers[FEED] = answer({"results": [], "cursor": "1", "next": f"{ISSUER}{FEED}"})

    with pytest.raises(VerifierUnavailable, match="no end"):
        server.verifier()


def test_before_the_first_poll_nobody_is_let_in() -> None:
    server = FakeServer()
    verifier = server.verifier(polled=False)
    assert verifier.feed_age is None

    with pytest.raises(VerifierUnavailable):
        verifier.verify(token())
    with pytest.raises(InvalidToken):
        verifier.verify("rubbish")


def test_too_long_without_word_is_a_no_until_there_is_word_again() -> None:
    server = FakeServer()
    verifier = server.verifier(max_feed_age=60)
    server.down = True
    server.wait(60)
    assert verifier.verify(token()).subject

    server.wait(1)
    with pytest.raises(VerifierUnavailable):
        verifier.verify(token())
    server.down = False
    verifier.poll()

    assert verifier.verify(token()).subject
    assert verifier.feed_age == 0


def test_the_age_counts_from_the_asking() -> None:
    server = FakeServer()

    def slow(*given: Any, **named: Any) -> Any:
        server.wait(3)
        return server(*given, **named)

    verifier = server.verifier(fetch=slow)

    assert verifier.feed_age == 6  # the keys were read after it


def test_a_wall_clock_set_back_does_not_make_an_old_feed_fresh() -> None:
    server = FakeServer()
    verifier = server.verifier()

    server.steady += 61
    server.wall -= 3600

    with pytest.raises(VerifierUnavailable):
        verifier.verify(token(iat=NOON - 3600, nbf=NOON - 3600))


def test_entries_are_forgotten_when_they_can_kill_nothing_more() -> None:
    server = FakeServer()
    server.entries = [session(), subject(NOON), signing_key(NEW.kid)]
    verifier = server.verifier()
    server.wait(LIFE + MARGIN - 1)
    verifier.poll()
    assert _kept(verifier) == 3

    server.wait(1)
    verifier.poll()

    assert _kept(verifier) == 0


def test_an_entry_outlives_the_leeway_that_tokens_have() -> None:
    server = FakeServer()
    server.entries = [session()]
    verifier = server.verifier(expiry_leeway=60)

    server.wait(LIFE + MARGIN + 59)
    verifier.poll()

    assert _kept(verifier) == 1


def _kept(verifier: Verifier) -> int:
    assert verifier._feed is not None
    return len(verifier._feed.known.entries)


def test_what_is_of_no_known_type_is_skipped() -> None:
    server = FakeServer()
    server.entries = [{"type": "device", "id": 7}, {"type": "client"}, session()]

    with pytest.raises(InvalidToken):
        server.verifier().verify(token())


UNREADABLE: dict[str, Any] = {
    "no results": None,
    "results by name": {"type": "session"},
    "an entry that is a word": ["session"],
    "a type that is a list": [{"type": ["session"]}],
    "no type": [{"sid": SESSION}],
    "no sid": [session(sid=None)],  # type: ignore[arg-type]
    "a sid that is no id": [session(sid="one")],
    "no expiry": [session(expires_at=None)],
    "an expiry in no zone": [session(expires_at="2030-01-01T12:05:00")],
    "a not-before in words": [subject(NOON) | {"not_before": "noon"}],
    "a kid that is a number": [signing_key(7)],  # type: ignore[arg-type]
}


@pytest.mark.parametrize("results", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_a_feed_that_cannot_be_read_is_no_word(results: Any) -> None:
    server = FakeServer()
    server.answers[FEED] = answer({"results": results, "cursor": "1", "next": None})

    with pytest.raises(VerifierUnavailable, match="cannot be read"):
        server.verifier()


def test_an_error_is_no_word_whatever_its_body_says() -> None:
    server = FakeServer()
    server.answers[FEED] = answer({"results": [], "cursor": "1", "next": None}, status=503)

    with pytest.raises(VerifierUnavailable, match="503"):
        server.verifier()


@pytest.mark.parametrize("cursor", [None, 7])
def test_a_feed_without_a_place_to_go_on_from_is_not_complete(cursor: object) -> None:
    server = FakeServer()
    server.answers[FEED] = answer({"results": [], "cursor": cursor, "next": None})

    with pytest.raises(VerifierUnavailable):
        server.verifier()


@pytest.mark.parametrize("status", [400, 404, 410])
def test_a_cursor_that_the_server_has_forgotten_begins_anew_on_top_of_what_is_known(status: int) -> None:
    server = FakeServer()
    server.entries = [session()]
    verifier = server.verifier()
    server.answers[FEED] = answer({}, status=status)
    with pytest.raises(VerifierUnavailable):
        verifier.poll()

    server.answers, server.entries = {}, []
    verifier.poll()

    assert server.asked[-1].url == f"{ISSUER}{FEED}?page_size=200"
    with pytest.raises(InvalidToken):
        verifier.verify(token())


def test_keys_are_read_again_before_a_request_would_have_to() -> None:
    server = FakeServer()
    verifier = server.verifier(poll_interval=5)

    server.wait(296)
    verifier.poll()

    assert server.times_asked(JWKS) == 2


def test_keys_are_kept_fresh_also_while_the_feed_is_broken() -> None:
    server = FakeServer()
    verifier = server.verifier()
    server.answers[FEED] = answer({}, status=500)
    server.wait(301)

    with pytest.raises(VerifierUnavailable):
        verifier.poll()

    assert server.times_asked(JWKS) == 2


def test_who_wants_signatures_only_asks_for_no_feed() -> None:
    server = FakeServer()
    server.entries = [session()]
    verifier = server.verifier(follow_revocations=False, credential=None)

    assert verifier.verify(token()).subject
    assert server.times_asked(FEED) == 0
    assert verifier.feed_age is None


def test_the_feed_is_asked_with_the_credential() -> None:
    server = FakeServer()
    server.verifier()

    asked = next(asked for asked in server.asked if FEED in asked.url)
    assert asked.headers["Authorization"] == f"Bearer {CREDENTIAL}"
