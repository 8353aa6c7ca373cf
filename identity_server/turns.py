"""Of servers that start together on one database, one sets it up at a time: two migrations at once would trip each other."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.backends.utils import CursorWrapper

# Any number will do, if nobody else in that database uses it.
ADVISORY_LOCK = 5_270_718_334
PAUSE = 0.2


@contextmanager
def my_turn() -> Iterator[None]:
    """Waits until nobody else has it. It ends with the process, so a crash blocks nobody."""
    with _file() if settings.EMBEDDED else _advisory_lock():
        yield


@contextmanager
def _file() -> Iterator[None]:
    with (Path(settings.VAR_DIR) / ".set-up.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _advisory_lock() -> Iterator[None]:
    with connection.cursor() as cursor:
        # Asked again and again, since a statement that waits for a lock is cut off by `lock_timeout`.
        while not _taken(cursor):
            time.sleep(PAUSE)
        try:
            yield
        finally:
            # By hand, since a pool would lend the connection on with the lock.
            cursor.execute("SELECT pg_advisory_unlock(%s)", [ADVISORY_LOCK])


def _taken(cursor: CursorWrapper) -> bool:
    cursor.execute("SELECT pg_try_advisory_lock(%s)", [ADVISORY_LOCK])
    return bool(cursor.fetchone()[0])
