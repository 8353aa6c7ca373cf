"""Locks in a forked child: one that another thread held would be held there for ever, since no other thread came along."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from weakref import WeakSet


class Turn:
    """A lock that a child finds free."""

    def __init__(self) -> None:
        self.renew()
        _turns.add(self)

    def renew(self) -> None:
        self._lock = Lock()

    @contextmanager
    def taken(self, *, within: float = -1) -> Iterator[bool]:
        """Whether it was ours in that many seconds; below zero is as long as it takes."""
        lock = self._lock
        mine = lock.acquire(timeout=within)
        try:
            yield mine
        finally:
            if mine:
                lock.release()


_turns: WeakSet[Turn] = WeakSet()


def _renew_all() -> None:
    for turn in list(_turns):
        turn.renew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_all)
