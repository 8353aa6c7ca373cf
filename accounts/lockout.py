"""When tries at a password stop: a tally for each account and each network, counted before the password is looked at. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Policy:
    """`limit` tries within `window`, then none for `lock`."""

    limit: int
    window: timedelta
    lock: timedelta


@dataclass(frozen=True, slots=True)
class Tally:
    attempts: int
    window_ends_at: datetime
    locked_until: datetime | None = None


def count(tally: Tally | None, policy: Policy, *, at: datetime) -> Tally | None:
    """The tally with one more try in it, or None when that try is not let through.

    The last try that is let through locks at once, before anyone knows whether it was right, so that tries in parallel
    cannot slip in behind it; a right one takes its lock away again (`guard.give_back`).

    The database counts by itself (`guard.TRY`), and a test holds it to this.
    """
    if tally is None or _is_over(tally, at=at):
        return first(policy, at=at)
    if tally.locked_until:
        return None
    return _counted(tally.attempts, tally.window_ends_at, policy, at=at)


def first(policy: Policy, *, at: datetime) -> Tally:
    """The tally of the first try in a window."""
    return _counted(0, at + policy.window, policy, at=at)


def _is_over(tally: Tally, *, at: datetime) -> bool:
    return (tally.locked_until or tally.window_ends_at) <= at


def _counted(before: int, window_ends_at: datetime, policy: Policy, *, at: datetime) -> Tally:
    attempts = before + 1
    return Tally(attempts, window_ends_at, at + policy.lock if attempts >= policy.limit else None)
