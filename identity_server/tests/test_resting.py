"""A Redis that hangs costs one wait a while."""

import pytest
from redis.exceptions import ConnectionError as Refused
from redis.exceptions import TimeoutError as TimedOut

from identity_server.resting import Rest


def failing(failure: Exception) -> None:
    raise failure


def fail(rest: Rest) -> None:
    with pytest.raises(TimedOut):
        rest.unless_failed(failing, TimedOut())


def test_after_a_failure_nobody_waits_for_a_while() -> None:
    fail(rest := Rest())

    with pytest.raises(Refused, match="a moment ago"):
        rest.unless_failed(pytest.fail, "it was asked")


def test_then_it_is_asked_again() -> None:
    fail(rest := Rest(seconds=0))

    assert rest.unless_failed(lambda: "asked") == "asked"


def test_an_answer_that_is_an_error_is_an_answer() -> None:
    rest = Rest()
    with pytest.raises(ValueError, match="WRONGTYPE"):
        rest.unless_failed(failing, ValueError("WRONGTYPE"))

    assert rest.unless_failed(lambda: "asked") == "asked"
