"""How many passwords are hashed at once on this machine, by all of its processes together, and how many may wait for that.

A slot is a locked file: the kernel gives it back with the process that held it, so one that is killed blocks nobody.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import TIMEOUT_MAX, Lock

from django.conf import settings

from common.errors import Overloaded

# A small part of the time that one password takes.
PAUSE = 0.003

# Of those who wait in this process one asks, for the others would only take the processor from those who hash.
_asking = Lock()


@contextmanager
def slot(*, patient: bool) -> Iterator[None]:
    """Hold one of the slots. `Overloaded` where too many wait, or it takes too long; the patient wait as long as it takes."""
    # Who comes now does not pass by those who wait.
    taken = None if _asking.locked() else _free("slot", settings.HASHING_SLOTS)
    if taken is None:
        taken = _slot_within(float("inf")) if patient else _waited_for()
    try:
        yield
    finally:
        os.close(taken)


def _waited_for() -> int:
    place = _free("place", settings.HASHING_SLOTS * settings.HASHING_QUEUE)
    if place is None:
        raise Overloaded
    try:
        return _slot_within(settings.HASHING_WAIT.total_seconds())
    finally:
        os.close(place)


def _slot_within(seconds: float) -> int:
    deadline = time.monotonic() + seconds
    if not _asking.acquire(timeout=min(seconds, TIMEOUT_MAX)):
        raise Overloaded
    try:
        return _slot_until(deadline)
    finally:
        _asking.release()


def _slot_until(deadline: float) -> int:
    # Asked again and again, since nothing can wait for one of several files, and for so long only.
    while (taken := _free("slot", settings.HASHING_SLOTS)) is None:
        if time.monotonic() >= deadline:
            raise Overloaded
        time.sleep(PAUSE)
    return taken


def _free(kind: str, count: int) -> int | None:
    """The descriptor of the first of these files that nobody else has locked."""
    tries = (_locked(settings.VAR_DIR / "hashing" / f"{kind}-{number}") for number in range(count))
    return next((file for file in tries if file is not None), None)


def _locked(path: Path) -> int | None:
    file = _opened(path)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return None
    return file


def _opened(path: Path) -> int:
    # Each time anew: the lock belongs to what was opened, so that threads of one process exclude each other, too.
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except FileNotFoundError:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
