"""What must be made anew in a forked child: a lock that another thread held is held there for ever, and no thread came along."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Protocol
from weakref import WeakSet


class Renewable(Protocol):
    def renew(self) -> None: ...


_watched: WeakSet[Renewable] = WeakSet()


def watch(found: Renewable) -> None:
    """Has `renew` called in every child, before anything else runs there."""
    _watched.add(found)


def _renew_all() -> None:
    for found in list(_watched):
        found.renew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_all)


class Turn:
    """A lock that a child finds free."""

    def __init__(self) -> None:
        self.renew()
        watch(self)

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
