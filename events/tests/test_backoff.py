"""When a failed delivery is tried again."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import backoff

TRIES = 12


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(1, 10), (2, 30), (3, 90), (4, 270), (5, 810), (6, 2430), (7, 7290), (8, 21600), (11, 21600)],
)
def test_each_wait_is_three_times_the_last_up_to_six_hours(failures: int, seconds: int) -> None:
    wait = backoff.next_wait(tries_left=TRIES - failures, of=TRIES, chance=0.5)

    assert wait == timedelta(seconds=seconds)


@pytest.mark.parametrize("tries_left", [0, -1])
def test_after_the_last_try_there_is_no_wait(tries_left: int) -> None:
    assert backoff.next_wait(tries_left=tries_left, of=TRIES, chance=0.5) is None


def test_twelve_tries_outlast_a_day() -> None:
    waits = [backoff.next_wait(tries_left=left, of=TRIES, chance=0) for left in range(TRIES - 1, 0, -1)]

    assert sum(filter(None, waits), timedelta()) > timedelta(hours=20)


@pytest.mark.parametrize(("chance", "seconds"), [(0.0, 8), (0.5, 10), (1.0, 12)])
def test_chance_moves_a_wait_by_a_fifth(chance: float, seconds: int) -> None:
    assert backoff.next_wait(tries_left=11, of=TRIES, chance=chance) == timedelta(seconds=seconds)


@given(left=st.integers(1, 32_000), of=st.integers(0, 32_000), chance=st.floats(0, 1))
def test_whatever_the_limits_a_wait_is_neither_nothing_nor_endless(left: int, of: int, chance: float) -> None:
    wait = backoff.next_wait(tries_left=left, of=of, chance=chance)

    assert wait is not None
    assert timedelta(seconds=8) <= wait <= backoff.LONGEST_WAIT * 1.2


@pytest.mark.parametrize(
    ("minutes", "believed"), [(-5, 1), (0, 1), (1, 1), (1.5, 2), (2, 2), (3, 4), (60, 64), (200, 256), (100_000, 360)]
)
def test_the_longer_a_delivery_has_waited_the_longer_its_message_is_believed_in(minutes: float, believed: int) -> None:
    assert backoff.patience(timedelta(minutes=minutes)) == timedelta(minutes=believed)


def test_a_worker_that_is_away_for_a_day_finds_few_messages_of_one_delivery() -> None:
    sent, waited = 1, timedelta()
    while waited < timedelta(days=1):
        waited += backoff.patience(waited)
        sent += 1

    assert sent <= 14
