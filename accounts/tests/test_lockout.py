from datetime import UTC, datetime, timedelta

import pytest

from accounts import lockout
from accounts.lockout import Policy, Tally

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
THREE = Policy(limit=3, window=15 * MINUTE, lock=30 * MINUTE)
WINDOW_END, LOCK_END = NOON + 15 * MINUTE, NOON + 30 * MINUTE

CASES = [
    ("the first try opens a window", None, NOON, Tally(1, WINDOW_END)),
    ("a second one counts in it", Tally(1, WINDOW_END), NOON, Tally(2, WINDOW_END)),
    ("the last one locks", Tally(2, WINDOW_END), NOON, Tally(3, WINDOW_END, LOCK_END)),
    ("none passes a lock", Tally(3, WINDOW_END, LOCK_END), NOON, None),
    ("the lock outlives the window", Tally(3, WINDOW_END, LOCK_END), LOCK_END - MINUTE, None),
    ("the lock ends by the clock", Tally(3, WINDOW_END, NOON), NOON, Tally(1, WINDOW_END)),
    ("the window ends by the clock", Tally(2, NOON), NOON, Tally(1, WINDOW_END)),
    ("a window that was opened again", Tally(0, NOON), NOON, Tally(1, WINDOW_END)),
]


@pytest.mark.parametrize(("said", "before", "at", "after"), CASES, ids=[case[0] for case in CASES])
def test_tries_are_counted(said: str, before: Tally | None, at: datetime, after: Tally | None) -> None:
    assert lockout.count(before, THREE, at=at) == after


def test_a_limit_of_one_locks_at_once() -> None:
    assert lockout.count(None, Policy(1, MINUTE, MINUTE), at=NOON) == Tally(1, NOON + MINUTE, NOON + MINUTE)
