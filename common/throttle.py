"""Courtesy limits, counted in the cache: they keep one caller from crowding out the others.

They fail open when the cache is gone. What security rests on (tries at a password) is counted in the database.
"""

import hashlib
import logging
import re
import time
from dataclasses import dataclass

from django.core.cache import cache

log = logging.getLogger(__name__)

_UNITS = {"s": 1, "sec": 1, "min": 60, "h": 3600, "hour": 3600, "day": 86400}
_RATE = re.compile(r"(\d{1,9})/(\w+)")


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
    window, passed = divmod(int(time.time()), limit.per_seconds)
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    spent = _count(f"throttle:{limit.name}:{digest}:{window}", limit.per_seconds)
    return Budget(
        limit=limit,
        remaining=max(0, limit.count - spent),
        reset_seconds=limit.per_seconds - passed,
        allowed=spent <= limit.count,
    )


def _count(name: str, seconds: int) -> int:
    try:
        cache.add(name, 0, timeout=seconds + 1)
        return cache.incr(name) or 0
    except ValueError:
        # The counter went away in between: its window is over, or the cache made room.
        return 0
    except Exception as error:  # noqa: BLE001  # whatever a cache's driver raises, courtesy never fails a request
        log.warning("the cache does not count: %s", type(error).__name__)
        return 0
