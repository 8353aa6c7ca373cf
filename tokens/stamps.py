"""What the nodes remember together in Redis, each answer under stamps that every change replaces.

An answer counts only while its stamps are the present ones, and a reader writes under those that he saw before he asked the
database. So whoever was overtaken by a change writes where nobody reads again, also when Redis was emptied meanwhile: a new
stamp is random. While a change is under way the stamp says so, and the database answers. Why this is enough, and what is left
in which fault: docs/decisions/0010.
"""

import hmac
import json
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar
from uuid import uuid4

from django.conf import settings
from django.core.cache import cache
from django_redis import get_redis_connection
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)
Found = TypeVar("Found")

# The stamp that stands over all answers, beside that of the one whom an answer is about.
EVERYBODY = "everybody"
ENTRY_SECONDS = 10
STAMP_SECONDS = 24 * 60 * 60
# Longer than a transaction lasts. A change that never said how it ended (its process died, or it was undone) is over by then.
CHANGE_SECONDS = 60
CHANGING = b"changing"

# Several may change the same at once, so the stamp opens when the last of them is done.
BEGIN = """
local now = redis.call('TIME')[1]
for _, stamp in ipairs(KEYS) do
    redis.call('ZADD', stamp .. ':changes', now, ARGV[1])
    redis.call('EXPIRE', stamp .. ':changes', ARGV[2])
    redis.call('SET', stamp, 'changing', 'EX', ARGV[2])
end
"""
END = """
local now = redis.call('TIME')[1]
for _, stamp in ipairs(KEYS) do
    local changes = stamp .. ':changes'
    redis.call('ZREM', changes, ARGV[1])
    redis.call('ZREMRANGEBYSCORE', changes, '-inf', now - ARGV[2])
    if redis.call('ZCARD', changes) == 0 then
        redis.call('SET', stamp, ARGV[1] .. ':done', 'EX', ARGV[3])
    end
end
"""
MOST_AT_ONCE = 500
SEAL_BYTES = 32


@dataclass(frozen=True, slots=True)
class Look:
    """What was there at one moment. `entry` counts; None asks for the database. Without `stamps` nothing is to be kept."""

    entry: dict[str, Any] | None
    stamps: tuple[str, ...]
    place: str
    at: float


@dataclass(slots=True)
class Memory:
    """What this process knows of its own failures: when it last could not ask, and which changes it could not tell."""

    failed_at: float = 0.0
    untold: set[str] = field(default_factory=set)


_memory = Memory()


def forget_failures() -> None:
    """For tests, in which one process is several nodes."""
    _memory.failed_at = 0.0
    _memory.untold.clear()


def look(names: Sequence[str], entry: str) -> Look | None:
    """What is remembered as `entry` under the stamps of those names. One round trip; None where Redis cannot be asked."""
    return _asked(lambda connection: _look(connection, names, entry))


def keep(seen: Look, entry: dict[str, Any]) -> None:
    """Remember an answer that was read from the database after `seen`."""
    if not seen.stamps:
        return
    text = json.dumps({"stamps": seen.stamps, "at": seen.at, **entry}).encode()
    sealed = _seal(seen.place, text) + text
    _asked(lambda connection: _ask(connection, "SET", seen.place, sealed, "EX", ENTRY_SECONDS))


def begin(names: Sequence[str], change: str) -> bool:
    """Say that what these stamps stand for is about to change. False where that could not be told."""
    return _tell(BEGIN, names, change, CHANGE_SECONDS)


def end(names: Sequence[str], change: str) -> bool:
    """The change has been committed: new stamps. False where that could not be told; then it is made up for later."""
    told = _tell(END, names, change, CHANGE_SECONDS, STAMP_SECONDS)
    if not told:
        _memory.untold.add(change)
    return told


def _tell(script: str, names: Sequence[str], *arguments: object) -> bool:
    some = [names[first : first + MOST_AT_ONCE] for first in range(0, len(names), MOST_AT_ONCE)]
    return all(_asked(partial(_run, script=script, names=names, arguments=arguments)) for names in some)


def _look(connection: Any, names: Sequence[str], entry: str) -> Look | None:
    if not connection.incarnation:
        return None
    place, at = _key(connection, entry), time.time()
    *found, text = _ask(connection, "MGET", *(_key(connection, name) for name in names), place)
    if None in found:
        found = [_stamp(connection, name) for name in names]
    if CHANGING in found:
        return Look(None, (), place, at)
    stamps = tuple(stamp.decode() for stamp in found)
    return Look(_counting(_unsealed(place, text or b""), stamps, at), stamps, place, at)


def _stamp(connection: Any, name: str) -> bytes:
    key = _key(connection, name)
    _ask(connection, "SET", key, uuid4().hex, "NX", "EX", STAMP_SECONDS)
    # Gone again already: then what is read under it is not kept.
    return _ask(connection, "GET", key) or CHANGING


def _counting(text: bytes, stamps: tuple[str, ...], now: float) -> dict[str, Any] | None:
    entry: dict[str, Any] = json.loads(text) if text else {}
    if tuple(entry.get("stamps", ())) != stamps:
        return None
    # By its own time, for a Redis that stood still writes late. Of what was read before we last failed, we may have missed the end.
    is_young = abs(now - entry["at"]) < ENTRY_SECONDS and entry["at"] > _memory.failed_at
    return entry if is_young else None


def _seal(place: str, text: bytes) -> bytes:
    # Whoever gets into Redis may make us ask the database, but not make us take anybody for more than she is.
    key = f"tokens.stamps {settings.SECRET_KEY}".encode()
    return hmac.digest(key, place.encode() + b"\0" + text, "sha256")


def _unsealed(place: str, sealed: bytes) -> bytes:
    seal, text = sealed[:SEAL_BYTES], sealed[SEAL_BYTES:]
    return text if hmac.compare_digest(seal, _seal(place, text)) else b""


def _asked(ask: Callable[[Any], Found]) -> Found | None:
    """None where Redis is away: that is never an answer, and never the end of what was under way."""
    try:
        with _connection() as connection:
            _catch_up(connection)
            return ask(connection)
    except (RedisError, OSError) as failure:
        _memory.failed_at = time.time()
        logger.warning("Redis cannot be asked, the database answers: %s", type(failure).__name__)
        return None


def _catch_up(connection: Any) -> None:
    """With the first contact after changes that could not be told: nothing that was remembered counts any more."""
    if untold := set(_memory.untold):
        _run(connection, END, [EVERYBODY], (uuid4().hex, CHANGE_SECONDS, STAMP_SECONDS))
        # Another thread's may have been added meanwhile; it is told the next time.
        _memory.untold.difference_update(untold)


@contextmanager
def _connection() -> Iterator[Any]:
    # The connection itself, because it knows which run of Redis it speaks with.
    pool = get_redis_connection("default").connection_pool
    connection = pool.get_connection()
    try:
        yield connection
    except BaseException:
        # Half an answer may be left in it.
        connection.disconnect()
        raise
    finally:
        pool.release(connection)


def _key(connection: Any, name: str) -> str:
    """A Redis that has been started anew (from a copy of yesterday, perhaps) is asked by other names."""
    return f"{cache.key_prefix}:standing:{connection.incarnation}:{name}"


def _run(connection: Any, script: str, names: Sequence[str], arguments: Sequence[object]) -> bool:
    keys = [_key(connection, name) for name in names]
    _ask(connection, "EVAL", script, len(keys), *keys, *arguments)
    return True


def _ask(connection: Any, *command: object) -> Any:
    connection.send_command(*command)
    return connection.read_response()
