"""Whose key it is, for how long, and what a refusal in between leaves of it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from common.idempotency import Answer, IdempotencyKeyReused
from events.models import RememberedAnswer
from events.services.idempotency import remember

pytestmark = pytest.mark.django_db
DAY = timedelta(hours=24)
Ask = Callable[..., Answer]


def made(number: int, status: int = 201) -> Answer:
    return Answer(status=status, headers={"Location": f"/things/{number}/"}, body=b'{"n": %d}' % number)


@pytest.fixture
def ask(noon: datetime) -> Ask:
    """Sends a request; the n-th that is really answered makes thing n, with `status`."""
    runs: list[int] = []

    def send(*, status: int = 201, body: str = "d1", **said: Any) -> Answer:
        def run() -> Answer:
            runs.append(1)
            return made(len(runs), status)

        given: dict[str, Any] = {"caller": "user:alice", "key": "k1", "at": noon}
        return remember(**{**given, **said}, request_digest=body, run=run)

    return send


def test_each_caller_gets_her_own_answer_and_never_anothers(ask: Ask) -> None:
    callers = ["user:alice", "user:bob", "service_account:alice", "anonymous:203.0.113.7"]

    first = [ask(caller=caller) for caller in callers]

    assert first == [made(number) for number in (1, 2, 3, 4)]
    assert [ask(caller=caller) for caller in callers] == first


@pytest.mark.parametrize("status", [400, 401, 403, 409, 412, 422, 429, 500, 503, 302])
def test_a_refusal_in_between_leaves_the_key_free_for_a_mended_body(status: int, ask: Ask) -> None:
    assert ask(status=status, body="wrong") == made(1, status)
    assert not RememberedAnswer.objects.exists()

    assert ask(body="mended") == made(2)
    assert ask(body="mended") == made(2)


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_every_success_is_given_again(status: int, ask: Ask) -> None:
    assert ask(status=status) == made(1, status)
    assert ask(status=500) == made(1, status)


def test_another_body_neither_gets_nor_spoils_the_first_answer(ask: Ask) -> None:
    ask()

    for _ in range(2):
        with pytest.raises(IdempotencyKeyReused):
            ask(body="d2")

    assert ask() == made(1)


def test_after_a_day_the_key_is_free_for_another_body(ask: Ask, noon: datetime) -> None:
    ask()

    assert ask(body="d2", at=noon + DAY) == made(2)
    with pytest.raises(IdempotencyKeyReused):
        ask(at=noon + DAY)


@pytest.mark.parametrize("early", [timedelta(seconds=1), timedelta(microseconds=1)])
def test_until_the_last_moment_of_the_day_another_body_is_refused(early: timedelta, ask: Ask, noon: datetime) -> None:
    ask()

    with pytest.raises(IdempotencyKeyReused):
        ask(body="d2", at=noon + DAY - early)


def test_an_answer_that_is_given_again_does_not_live_longer_for_it(ask: Ask, noon: datetime) -> None:
    ask()
    ask(at=noon + DAY - timedelta(minutes=1))

    assert ask(at=noon + DAY) == made(2)


def test_a_refusal_after_a_day_does_not_bring_the_old_answer_back(ask: Ask, noon: datetime) -> None:
    ask()

    assert ask(status=409, at=noon + DAY) == made(2, 409)
    assert ask(at=noon + DAY) == made(3)


@pytest.mark.parametrize("body", [b"", b"null", bytes(range(256)), "Zoë ☃".encode(), b"x" * 100_000])
def test_an_answer_comes_back_byte_for_byte(body: bytes, noon: datetime) -> None:
    answer = Answer(status=200, headers={"ETag": '"1"', "Location": "/a?b=c"}, body=body)
    said: dict[str, Any] = {"caller": "user:alice", "key": "k1", "request_digest": "d1", "at": noon}
    remember(**said, run=lambda: answer)

    assert remember(**said, run=lambda: made(9)) == answer


@pytest.mark.parametrize("other", ["K1", "k1 ", "k", "k11", "k1\u200b"])
def test_a_key_is_taken_to_the_letter(other: str, ask: Ask) -> None:
    ask()

    assert ask(key=other, body="d2") == made(2)
