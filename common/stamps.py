"""What the nodes remember together in Redis, each answer under stamps that every change replaces.

An answer counts only while its stamps are the present ones, and a reader writes under those that he saw before he asked the
database. So whoever was overtaken by a change writes where nobody reads again, also when Redis was emptied meanwhile: a new
stamp is random. While a change is under way the stamp says so, and the database answers. Why this is enough, and what is left
in which fault: docs/decisions/0010.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import Any, TypeVar
from uuid import uuid4

from django.conf import settings
from django.core.cache import DEFAULT_CACHE_ALIAS
from redis.exceptions import RedisError

from common import lines, seals

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

# The names of stamps, and the entry that lies under them.
Wanted = tuple[Sequence[str], str]


@dataclass(frozen=True, slots=True)
class Look:
    """What was there at one moment. `entry` counts; None asks for the database. Without `stamps` nothing is to be kept."""

    entry: Mapping[str, Any] | None
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
    return _asked(partial(_look_at_one, names=names, entry=entry))


def look_at(wanted: Sequence[Wanted]) -> list[Look] | None:
    """As `look`, at many entries. One round trip for each 500."""
    found: list[Look] = []
    for some in _parts(wanted):
        seen = _asked(partial(_look, wanted=some))
        if seen is None:
            return None
        found += seen
    return found


def keep(seen: Look, entry: Mapping[str, Any]) -> None:
    """Remember an answer that was read from the database after `seen`."""
    keep_all([(seen, entry)])


def keep_all(answers: Sequence[tuple[Look, Mapping[str, Any]]]) -> None:
    """As `keep`, of many answers. One round trip for each 500."""
    for some in _parts([answer for answer in answers if answer[0].stamps]):
        _asked(partial(lines.ask_all, commands=[_to_keep(seen, entry) for seen, entry in some]))


def _to_keep(seen: Look, entry: Mapping[str, Any]) -> tuple[object, ...]:
    sealed = seals.sealed(seen.place, {"stamps": seen.stamps, "at": seen.at, **entry})
    return "SET", seen.place, sealed, "EX", ENTRY_SECONDS


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
    return all(_asked(partial(_run, script=script, names=some, arguments=arguments)) for some in _parts(names))


def _parts(of_many: Sequence[Found]) -> Iterator[Sequence[Found]]:
    return (of_many[first : first + MOST_AT_ONCE] for first in range(0, len(of_many), MOST_AT_ONCE))


def _look_at_one(connection: Any, names: Sequence[str], entry: str) -> Look | None:
    # Asked with nearly every request, and so for itself: what many together take, one alone need not.
    if not connection.incarnation:
        return None
    at, prefix = time.time(), _prefix(connection)
    place = prefix + entry
    *found, text = lines.ask(connection, "MGET", *[prefix + name for name in names], place)
    if None in found:
        found = [*_stamps(connection, dict(zip(names, found, strict=True))).values()]
    return _seen(place, text or b"", found, at)


def _look(connection: Any, wanted: Sequence[Wanted]) -> list[Look] | None:
    if not connection.incarnation:
        return None
    at, prefix = time.time(), _prefix(connection)
    names = list(dict.fromkeys(chain.from_iterable(each for each, _ in wanted)))
    places = [prefix + entry for _, entry in wanted]
    found = lines.ask(connection, "MGET", *[prefix + name for name in names], *places)
    stamps = _stamps(connection, dict(zip(names, found, strict=False)))
    texts = found[len(names) :]
    return [
        _seen(place, text or b"", [stamps[name] for name in each], at)
        for (each, _), place, text in zip(wanted, places, texts, strict=True)
    ]


def _seen(place: str, text: bytes, found: Sequence[bytes], at: float) -> Look:
    if CHANGING in found:
        return Look(None, (), place, at)
    stamps = tuple(stamp.decode() for stamp in found)
    return Look(_counting(seals.opened(place, text), stamps, at), stamps, place, at)


def _stamps(connection: Any, found: dict[str, bytes | None]) -> dict[str, bytes]:
    """Whoever has none yet gets a new one."""
    prefix = _prefix(connection)
    keys = {name: prefix + name for name, stamp in found.items() if stamp is None}
    commands = [("SET", key, uuid4().hex, "NX", "EX", STAMP_SECONDS) for key in keys.values()]
    told = lines.ask_all(connection, [*commands, *(("GET", key) for key in keys.values())]) if keys else []
    # Gone again already: then what is read under it is not kept.
    new = dict(zip(keys, told[len(keys) :], strict=True))
    return {name: stamp or new[name] or CHANGING for name, stamp in found.items()}


def _counting(entry: Mapping[str, Any], stamps: tuple[str, ...], now: float) -> Mapping[str, Any] | None:
    if tuple(entry.get("stamps", ())) != stamps:
        return None
    # By its own time, for a Redis that stood still writes late. Of what was read before we last failed, we may have missed the end.
    is_young = abs(now - entry["at"]) < ENTRY_SECONDS and entry["at"] > _memory.failed_at
    return entry if is_young else None


def _asked(ask: Callable[[Any], Found]) -> Found | None:
    """None where Redis is away: that is never an answer, and never the end of what was under way."""
    try:
        with lines.line() as connection:
            _catch_up(connection)
            return ask(connection)
    except (RedisError, OSError) as failure:
        _memory.failed_at = time.time()
        logger.warning("Redis cannot be asked, the database answers: %s", type(failure).__name__)
        return None


def _catch_up(connection: Any) -> None:
    """With the first contact after changes that could not be told: nothing that was remembered counts any more."""
    if not _memory.untold:
        return
    untold = set(_memory.untold)
    _run(connection, END, [EVERYBODY], (uuid4().hex, CHANGE_SECONDS, STAMP_SECONDS))
    # Another thread's may have been added meanwhile; it is told the next time.
    _memory.untold.difference_update(untold)


def _prefix(connection: Any) -> str:
    """A Redis that has been started anew (from a copy of yesterday, perhaps) is asked by other names."""
    return f"{settings.CACHES[DEFAULT_CACHE_ALIAS].get('KEY_PREFIX', '')}:standing:{connection.incarnation}:"


def _run(connection: Any, script: str, names: Sequence[str], arguments: Sequence[object]) -> bool:
    prefix = _prefix(connection)
    keys = [prefix + name for name in names]
    lines.ask(connection, "EVAL", script, len(keys), *keys, *arguments)
    return True
