"""Lines to the Redis that all nodes share, for those questions that nearly every request asks.

The pool of the client looks at each connection before it lends it, which takes as long as the question itself. Here one that
answered a moment ago is used again as it is. Whoever breaks off in the middle of an answer loses the line with it.
"""

import os
import time
from collections.abc import Callable, Sequence
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.conf import settings
from django.core.cache import DEFAULT_CACHE_ALIAS
from django_redis import get_redis_connection

# So long a silent line is taken to be alive; an older one goes by the pool.
FRESH_SECONDS = 1.0
Found = TypeVar("Found")
Given = ParamSpec("Given")


class Line:
    """`prefix` is that of all our keys; `incarnation` names the run of Redis that it speaks with, where that is told."""

    __slots__ = ("answered_at", "caches", "connection", "incarnation", "pool", "prefix")

    def __init__(self, pool: Any, caches: Any) -> None:
        # The settings under which it was made: tests change them.
        self.caches, self.pool, self.connection = caches, pool, pool.get_connection()
        self.incarnation: str = self.connection.incarnation
        self.prefix: str = caches[DEFAULT_CACHE_ALIAS].get("KEY_PREFIX", "")
        self.answered_at = 0.0

    def ask(self, *command: object) -> Any:
        """One command by the connection itself: the client's own way to send one takes longer than Redis to answer it."""
        return self.ask_packed(self.packed(*command))

    def ask_all(self, commands: Sequence[tuple[object, ...]]) -> list[Any]:
        """All in one round trip, each with its answer."""
        self.connection.send_packed_command(self.connection.pack_commands(commands))
        return [self.connection.read_response() for _ in commands]

    def ask_packed(self, packed: object) -> Any:
        """A command that `packed` has made ready, by whatever line."""
        self.connection.send_packed_command(packed)
        return self.connection.read_response()

    def packed(self, *command: object) -> object:
        return self.connection.pack_command(*command)

    def give_back(self) -> None:
        self.pool.release(self.connection)


_kept: list[Line] = []
os.register_at_fork(after_in_child=_kept.clear)


def lent(use: Callable[Concatenate[Line, Given], Found], *given: Given.args, **named: Given.kwargs) -> Found:
    """What `use` makes of a line."""
    line = _taken()
    try:
        found = use(line, *given, **named)
    except BaseException:
        # Half an answer may be left in it.
        line.connection.disconnect()
        line.give_back()
        raise
    line.answered_at = time.monotonic()
    _kept.append(line)
    return found


def _taken() -> Line:
    caches = settings.CACHES
    while _kept:
        try:
            line = _kept.pop()
        except IndexError:  # another thread was quicker
            break
        if line.caches is caches and time.monotonic() - line.answered_at < FRESH_SECONDS:
            return line
        line.give_back()
    return Line(get_redis_connection("default").connection_pool, caches)
