"""A key is answered once, and the same answer is given again."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from common.idempotency import Answer, IdempotencyKeyReused
from events.models import Event, RememberedAnswer
from events.services.idempotency import IdempotencyKeyInUse, remember
from events.tests.factories import lit
from events.tests.fakes import at_once

pytestmark = pytest.mark.django_db
CREATED = Answer(status=201, headers={"Content-Type": "application/json"}, body=b'{"secret": "s3same"}')


class Refused(Exception):
    pass


@pytest.fixture
def ask(noon: datetime) -> Callable[..., Answer]:
    """Sends a request that lights a lamp."""

    def send(key: str = "k1", **said: Any) -> Answer:
        def run() -> Answer:
            lit(at=noon)
            return CREATED

        given: dict[str, Any] = {"caller": "user:alice", "request_digest": "d1", "run": run, "at": noon}
        return remember(key=key, **{**given, **said})

    return send


def lamps() -> int:
    return Event.objects.filter(kind="tests.lamp.lit").count()


def test_the_same_request_gets_the_first_answer_and_does_nothing(ask: Callable[..., Answer]) -> None:
    assert ask() == CREATED
    assert ask() == CREATED

    assert lamps() == 1


def test_a_key_with_another_request_is_refused(ask: Callable[..., Answer]) -> None:
    ask()

    with pytest.raises(IdempotencyKeyReused):
        ask(request_digest="d2")

    assert lamps() == 1


@pytest.mark.parametrize("other", [{"key": "k2"}, {"caller": "user:bob"}])
def test_a_key_belongs_to_its_caller(ask: Callable[..., Answer], other: dict[str, str]) -> None:
    ask()
    ask(**other)

    assert lamps() == 2


@pytest.mark.parametrize(("hours", "lit_lamps"), [(23, 1), (24, 2)])
def test_a_key_is_kept_for_a_day(ask: Callable[..., Answer], noon: datetime, hours: int, lit_lamps: int) -> None:
    ask()

    assert ask(request_digest="d1", at=noon + timedelta(hours=hours)) == CREATED
    assert lamps() == lit_lamps


def test_a_request_that_fails_is_not_remembered(ask: Callable[..., Answer], noon: datetime) -> None:
    def fail() -> Answer:
        lit(at=noon)
        raise Refused

    with pytest.raises(Refused):
        ask(run=fail)

    assert not RememberedAnswer.objects.exists()
    assert lamps() == 0
    assert ask() == CREATED


def test_neither_key_nor_answer_can_be_read_in_the_database(ask: Callable[..., Answer]) -> None:
    ask("k1-canary")

    row = RememberedAnswer.objects.get()
    kept = b"".join(str(value).encode() for value in (row.caller, row.key_digest, bytes(row.sealed_answer or b"")))
    assert b"s3same" not in kept
    assert b"canary" not in kept


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_of_many_that_come_at_once_one_runs_and_all_get_its_answer(ask: Callable[..., Answer]) -> None:
    answers = at_once(*[ask] * 8)

    assert answers == [CREATED] * 8
    assert lamps() == 1


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_of_many_that_come_at_once_after_a_day_one_runs_again(ask: Callable[..., Answer], noon: datetime) -> None:
    ask()

    answers = at_once(*[lambda: ask(at=noon + timedelta(days=1))] * 8)

    assert answers == [CREATED] * 8
    assert lamps() == 2


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_when_the_first_fails_the_second_runs(ask: Callable[..., Answer], noon: datetime) -> None:
    runs: list[int] = []

    def fail_first() -> Answer:
        runs.append(1)
        if len(runs) == 1:
            raise Refused
        lit(at=noon)
        return CREATED

    answers = at_once(*[lambda: ask(run=fail_first)] * 4)

    assert sorted(map(str, answers)) == sorted(map(str, [CREATED] * 3 + [Refused()]))
    assert lamps() == 1


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_who_waits_too_long_for_the_first_is_told_to_ask_again(ask: Callable[..., Answer], noon: datetime) -> None:
    def impatient() -> Answer:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '50ms'")
        try:
            return ask()
        finally:
            # The pool lends this connection to the next test.
            with connection.cursor() as cursor:
                cursor.execute("RESET lock_timeout")

    second: list[Any] = []

    def slow() -> Answer:
        second.extend(at_once(impatient))
        return CREATED

    ask(run=slow)

    assert isinstance(second[0], IdempotencyKeyInUse)
    assert (second[0].status, second[0].retry_after) == (409, 1)
