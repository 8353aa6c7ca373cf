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
from itertools import chain
from typing import Any, Concatenate, Generic, NamedTuple, ParamSpec, TypeVar
from uuid import uuid4

from redis.exceptions import RedisError

from common import lines, seals
from common.lines import Line

logger = logging.getLogger(__name__)
Found = TypeVar("Found")
Given = ParamSpec("Given")

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

# How many answers a process knows by their bytes, and how many questions it has ready.
MOST_KNOWN = 20_000

# The names of stamps, and the entry that lies under them.
Wanted = tuple[Sequence[str], str]
# What the reader makes of an entry. One that was written by another release may raise what such mistakes raise.
Read = Callable[[Mapping[str, Any]], Found]


class Look(NamedTuple, Generic[Found]):
    """What was there at one moment. `entry` counts; None asks for the database. Without `stamps` nothing is to be kept."""

    entry: Found | None
    stamps: tuple[str, ...]
    place: str
    at: float


class Heard(NamedTuple):
    """What was found the last time, stamps before the entry, and what it told: the same, as long as the same is found."""

    found: list[bytes]
    stamps: tuple[str, ...]
    told: Any
    at: float


@dataclass(slots=True)
class Memory:
    """What this process knows of its own failures: when it last could not ask, and which changes it could not tell."""

    failed_at: float = 0.0
    untold: set[str] = field(default_factory=set)


_memory = Memory()
_heard: dict[str, Heard] = {}
_ready: dict[tuple[str, ...], tuple[str, object]] = {}


def forget_failures() -> None:
    """For tests, in which one process is several nodes."""
    _memory.failed_at = 0.0
    _memory.untold.clear()


def look(names: Sequence[str], entry: str, read: Read[Found]) -> Look[Found] | None:
    """What is remembered as `entry` under the stamps of those names. One round trip; None where Redis cannot be asked."""
    return _asked(_look_at_one, names, entry, read)


def look_at(wanted: Sequence[Wanted], read: Read[Found]) -> list[Look[Found]] | None:
    """As `look`, at many entries. One round trip for each 500."""
    found: list[Look[Found]] = []
    for some in _parts(wanted):
        seen = _asked(_look, some, read)
        if seen is None:
            return None
        found += seen
    return found


def keep(seen: Look[Any], entry: Mapping[str, Any]) -> None:
    """Remember an answer that was read from the database after `seen`."""
    keep_all([(seen, entry)])


def keep_all(answers: Sequence[tuple[Look[Any], Mapping[str, Any]]]) -> None:
    """As `keep`, of many answers. One round trip for each 500."""
    for some in _parts([answer for answer in answers if answer[0].stamps]):
        _asked(Line.ask_all, [_to_keep(seen, entry) for seen, entry in some])


def _to_keep(seen: Look[Any], entry: Mapping[str, Any]) -> tuple[object, ...]:
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
    return all(_asked(_run, script, some, arguments) for some in _parts(names))


def _parts(of_many: Sequence[Found]) -> Iterator[Sequence[Found]]:
    return (of_many[first : first + MOST_AT_ONCE] for first in range(0, len(of_many), MOST_AT_ONCE))


def _look_at_one(line: Line, names: Sequence[str], entry: str, read: Read[Found]) -> Look[Found] | None:
    # Asked with nearly every request, and so for itself: what many together take, one alone need not.
    if not line.incarnation:
        return None
    at = time.time()
    place, question = _question(line, names, entry)
    found = line.ask_packed(question)
    if None in found[:-1]:
        found = [*_stamps(line, dict(zip(names, found, strict=False))).values(), found[-1]]
    return _seen(place, found, at, read)


def _look(line: Line, wanted: Sequence[Wanted], read: Read[Found]) -> list[Look[Found]] | None:
    if not line.incarnation:
        return None
    at, prefix = time.time(), _prefix(line)
    names = list(dict.fromkeys(chain.from_iterable(each for each, _ in wanted)))
    places = [prefix + entry for _, entry in wanted]
    found = line.ask("MGET", *[prefix + name for name in names], *places)
    stamps = _stamps(line, dict(zip(names, found, strict=False)))
    texts = found[len(names) :]
    return [
        _seen(place, [*(stamps[name] for name in each), text], at, read)
        for (each, _), place, text in zip(wanted, places, texts, strict=True)
    ]


def _question(line: Line, names: Sequence[str], entry: str) -> tuple[str, object]:
    """The place of the entry, and what asks for it and its stamps."""
    prefix = _prefix(line)
    key = (prefix, entry, *names)
    if known := _ready.get(key):
        return known
    place = prefix + entry
    return _remember(_ready, key, (place, line.packed("MGET", *[prefix + name for name in names], place)))


def _seen(place: str, found: list[bytes], now: float, read: Read[Found]) -> Look[Found]:
    heard = _heard.get(place)
    if heard is None or heard.found != found:
        heard = _hear(place, found, read)
    # By its own time, for a Redis that stood still writes late. Of what was read before we last failed, we may have missed the end.
    is_young = abs(now - heard.at) < ENTRY_SECONDS and heard.at > _memory.failed_at
    return Look(heard.told if is_young else None, heard.stamps, place, now)


def _hear(place: str, found: list[bytes], read: Read[Any]) -> Heard:
    *present, text = found
    if CHANGING in present:
        return Heard(found, (), None, 0.0)
    stamps, entry = tuple(stamp.decode() for stamp in present), seals.opened(place, text or b"")
    if tuple(entry.get("stamps", ())) != stamps:
        return Heard(found, stamps, None, 0.0)
    try:
        return _remember(_heard, place, Heard(found, stamps, read(entry), entry["at"]))
    except (KeyError, TypeError, ValueError):
        # Written by another release of this server.
        return Heard(found, stamps, None, 0.0)


def _remember(known: dict[Any, Found], name: object, what: Found) -> Found:
    if len(known) >= MOST_KNOWN:
        known.clear()
    known[name] = what
    return what


def _stamps(line: Line, found: dict[str, bytes | None]) -> dict[str, bytes]:
    """Whoever has none yet gets a new one."""
    prefix = _prefix(line)
    keys = {name: prefix + name for name, stamp in found.items() if stamp is None}
    commands = [("SET", key, uuid4().hex, "NX", "EX", STAMP_SECONDS) for key in keys.values()]
    told = line.ask_all([*commands, *(("GET", key) for key in keys.values())]) if keys else []
    # Gone again already: then what is read under it is not kept.
    new = dict(zip(keys, told[len(keys) :], strict=True))
    return {name: stamp or new[name] or CHANGING for name, stamp in found.items()}


def _asked(ask: Callable[Concatenate[Line, Given], Found], *given: Given.args, **named: Given.kwargs) -> Found | None:
    """None where Redis is away: that is never an answer, and never the end of what was under way."""
    try:
        if _memory.untold:
            lines.lent(_catch_up)
        return lines.lent(ask, *given, **named)
    except (RedisError, OSError) as failure:
        _memory.failed_at = time.time()
        logger.warning("Redis cannot be asked, the database answers: %s", type(failure).__name__)
        return None


def _catch_up(line: Line) -> None:
    """With the first contact after changes that could not be told: nothing that was remembered counts any more."""
    untold = set(_memory.untold)
    _run(line, END, [EVERYBODY], (uuid4().hex, CHANGE_SECONDS, STAMP_SECONDS))
    # Another thread's may have been added meanwhile; it is told the next time.
    _memory.untold.difference_update(untold)


def _prefix(line: Line) -> str:
    """A Redis that has been started anew (from a copy of yesterday, perhaps) is asked by other names."""
    return f"{line.prefix}:standing:{line.incarnation}:"


def _run(line: Line, script: str, names: Sequence[str], arguments: Sequence[object]) -> bool:
    prefix = _prefix(line)
    line.ask("EVAL", script, len(names), *[prefix + name for name in names], *arguments)
    return True
