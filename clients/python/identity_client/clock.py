"""The time, twice: the one that tokens speak of, and one that nobody sets."""

import time
from collections.abc import Callable
from dataclasses import dataclass


def _steady() -> float:
    # `monotonic` stands still on Linux while the machine sleeps, and an old feed would look fresh after it.
    boottime = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boottime is None else time.clock_gettime(boottime)


@dataclass(frozen=True, slots=True)
class Clock:
    """`wall` is seconds since 1970, for what stands in tokens; `steady` only ever goes on, for ages."""

    wall: Callable[[], float] = time.time
    steady: Callable[[], float] = _steady
