"""How many passwords are hashed at once on this machine, by all of its processes together, and how many may wait for that.

A slot is a locked file: the kernel gives it back with the process that held it, so one that is killed blocks nobody.
Nothing can wait for one of several files, and for so long only. So whoever gives a slot back rings a bell, which is a pipe.
"""

import fcntl
import os
import select
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import TIMEOUT_MAX, Lock

from django.conf import settings

from common.errors import Overloaded

# Who is killed rings no bell.
LONGEST_SILENCE = 0.1
MILLISECONDS = 1000

# Of those who wait in this process one listens, for the others would only take the processor from those who hash.
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
        _ring()


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
    bell = _opened_bell()
    try:
        # Listens before it looks, so that no slot comes free unheard in between.
        while (taken := _free("slot", settings.HASHING_SLOTS)) is None:
            _listen(bell, seconds=deadline - time.monotonic())
    finally:
        os.close(bell)
    return taken


def _listen(bell: int, *, seconds: float) -> None:
    if seconds <= 0:
        raise Overloaded
    heard = select.poll()
    heard.register(bell, select.POLLIN)
    if heard.poll(min(seconds, LONGEST_SILENCE) * MILLISECONDS):
        # One stroke for each who listens; somebody in another process may have been quicker.
        with suppress(BlockingIOError):
            os.read(bell, 1)


def _ring() -> None:
    # Fails where nobody listens, and where thousands of strokes wait to be heard already.
    with suppress(OSError):
        bell = os.open(_path("bell"), os.O_WRONLY | os.O_NONBLOCK)
        try:
            os.write(bell, b".")
        finally:
            os.close(bell)


def _opened_bell() -> int:
    with suppress(FileExistsError):
        os.mkfifo(_path("bell"), 0o600)
    # To write, too, though it only listens: a pipe without a writer has ended, and would be heard all the time.
    return os.open(_path("bell"), os.O_RDWR | os.O_NONBLOCK)


def _path(name: str) -> Path:
    folder: Path = settings.VAR_DIR / "hashing"
    return folder / name


def _free(kind: str, count: int) -> int | None:
    """The descriptor of the first of these files that nobody else has locked."""
    tries = (_locked(_path(f"{kind}-{number}")) for number in range(count))
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
