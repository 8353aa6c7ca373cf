"""A Redis that hangs costs one wait a while."""

import pytest
from redis.exceptions import ConnectionError as Refused
from redis.exceptions import TimeoutError as TimedOut

from identity_server.resting import Rest


def fail(rest: Rest) -> None:
    with pytest.raises(TimedOut), rest.after_failure():
        raise TimedOut


def test_after_a_failure_nobody_waits_for_a_while() -> None:
    fail(rest := Rest())

    with pytest.raises(Refused, match="a moment ago"), rest.after_failure():
        pytest.fail("it was asked")


def test_then_it_is_asked_again() -> None:
    fail(rest := Rest(seconds=0))

    with rest.after_failure():
        asked = True

    assert asked


def test_an_answer_that_is_an_error_is_an_answer() -> None:
    rest = Rest()
    with pytest.raises(ValueError, match="WRONGTYPE"), rest.after_failure():
        raise ValueError("WRONGTYPE")

    with rest.after_failure():
        asked = True

    assert asked
