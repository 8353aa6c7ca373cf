"""Courtesy limits, counted in the cache: they keep one caller from crowding out the others.

They fail open when the cache is gone, and each process counts for itself where a caller is far from them (`tallies`).
What security rests on (tries at a password) is counted in the database.
"""

import hashlib
import logging
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from django.core.cache import DEFAULT_CACHE_ALIAS, caches
from django.core.cache.backends.base import BaseCache
from django_redis.cache import RedisCache

from common.lines import Line, lent
from common.tallies import Tallies

log = logging.getLogger(__name__)

_UNITS = {"s": 1, "sec": 1, "min": 60, "h": 3600, "hour": 3600, "day": 86400}
_RATE = re.compile(r"(\d{1,9})/(\w+)")
COUNT = """
local counts = {}
for place, key in ipairs(KEYS) do
    local more, seconds = tonumber(ARGV[2 * place - 1]), ARGV[2 * place]
    counts[place] = redis.call('INCRBY', key, more)
    if counts[place] == more then redis.call('EXPIRE', key, seconds) end
end
return counts
"""
_tallies = Tallies()


@dataclass(frozen=True, slots=True)
class Limit:
    """So many requests in each window of so many seconds."""

    name: str
    count: int
    per_seconds: int

    @classmethod
    def parse(cls, name: str, rate: str) -> "Limit":
        """From words such as `600/min`."""
        said = _RATE.fullmatch(rate)
        if not said or said[2] not in _UNITS:
            raise ValueError(f"{rate!r} is not a rate such as 600/min; units: {', '.join(_UNITS)}")
        return cls(name, int(said[1]), _UNITS[said[2]])


@dataclass(frozen=True, slots=True)
class Budget:
    """What a caller has left in this window."""

    limit: Limit
    remaining: int
    reset_seconds: int
    allowed: bool


def spend(limit: Limit, key: str) -> Budget:
    """Take one from the caller's budget. Of two at once, each counts."""
    return spend_each([limit], key)[0]


def spend_each(limits: Sequence[Limit], key: str) -> list[Budget]:
    """One from each of the caller's budgets, with one question to a shared cache."""
    now = time.time()
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    windows = {f"throttle:{each.name}:{digest}:{int(now) // each.per_seconds}": each for each in limits}
    return [_budget(limit, spent, int(now)) for limit, spent in zip(limits, _counts(windows, now), strict=True)]


def forget() -> None:
    """For tests, which empty the cache."""
    _tallies.clear()


def _budget(limit: Limit, spent: int, now: int) -> Budget:
    return Budget(
        limit=limit,
        remaining=max(0, limit.count - spent),
        reset_seconds=limit.per_seconds - now % limit.per_seconds,
        allowed=spent <= limit.count,
    )


def _counts(windows: Mapping[str, Limit], now: float) -> list[int]:
    store = caches[DEFAULT_CACHE_ALIAS]
    try:
        if isinstance(store, RedisCache):
            limits = {store.make_key(name): limit for name, limit in windows.items()}
            return _tallies.count(
                {name: limit.count for name, limit in limits.items()}, partial(_tell, limits), now=now
            )
        return [_counted_by(store, name, limit.per_seconds + 1) for name, limit in windows.items()]
    except Exception as error:  # noqa: BLE001  # whatever a cache's driver raises, courtesy never fails a request
        log.warning("the cache does not count: %s", type(error).__name__)
        return [0] * len(windows)


def _counted_by(store: BaseCache, name: str, seconds: int) -> int:
    try:
        store.add(name, 0, timeout=seconds)
        return store.incr(name)
    except ValueError:
        # The counter went away in between: its window is over, or the cache made room.
        return 0


def _tell(limits: Mapping[str, Limit], news: Mapping[str, int]) -> list[int]:
    return lent(_told, limits, news)


def _told(line: Line, limits: Mapping[str, Limit], news: Mapping[str, int]) -> list[int]:
    pairs = [each for name, more in news.items() for each in (more, limits[name].per_seconds + 1)]
    found: list[int] = line.ask("EVAL", COUNT, len(news), *news, *pairs)
    return found
