"""Lines to the Redis that all nodes share, for those questions that nearly every request asks.

The pool of the client looks at each connection before it lends it, which takes as long as the question itself. Here one that
answered a moment ago is used again as it is. Whoever breaks off in the middle of an answer loses the line with it.
"""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from django.conf import settings
from django_redis import get_redis_connection

# So long a silent line is taken to be alive; an older one goes by the pool.
FRESH_SECONDS = 1.0


class Kept(NamedTuple):
    """`caches` are the settings that it was made under."""

    connection: Any
    pool: Any
    caches: Any
    at: float


_kept: list[Kept] = []
os.register_at_fork(after_in_child=_kept.clear)


@contextmanager
def line() -> Iterator[Any]:
    connection, pool = _taken()
    try:
        yield connection
    except BaseException:
        # Half an answer may be left in it.
        connection.disconnect()
        pool.release(connection)
        raise
    _kept.append(Kept(connection, pool, settings.CACHES, time.monotonic()))


def ask(connection: Any, *command: object) -> Any:
    """One command by the connection itself: the client's own way to send one takes longer than Redis to answer it."""
    connection.send_command(*command)
    return connection.read_response()


def _taken() -> tuple[Any, Any]:
    try:
        while True:
            kept = _kept.pop()
            if kept.caches is settings.CACHES and time.monotonic() - kept.at < FRESH_SECONDS:
                return kept.connection, kept.pool
            kept.pool.release(kept.connection)
    except IndexError:
        pool = get_redis_connection("default").connection_pool
        return pool.get_connection(), pool


def ask_all(connection: Any, commands: Sequence[tuple[object, ...]]) -> list[Any]:
    """All in one round trip, each with its answer."""
    connection.send_packed_command(connection.pack_commands(commands))
    return [connection.read_response() for _ in commands]
