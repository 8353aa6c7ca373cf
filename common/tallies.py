"""What this process has counted of each caller since it last told the others.

Asking Redis at each request would cost more than many a request itself. While a caller is far from his limit, a process tells
what it has counted a few times a second; from half of the limit on, each time. So a limit is passed, at most, by what the
other processes have not told yet.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock

TELL_SECONDS = 0.2
MOST = 10_000


@dataclass(slots=True)
class Tally:
    """`known` is what everybody had counted when we asked at `at`; `untold` is what we have counted since."""

    known: int = 0
    untold: int = 0
    at: float = float("-inf")

    def is_due(self, limit: int, now: float) -> bool:
        return abs(now - self.at) > TELL_SECONDS or 2 * (self.known + self.untold) > limit


class Tallies:
    def __init__(self) -> None:
        self._lock = Lock()
        self._tallies: dict[str, Tally] = {}

    def count(
        self, limits: Mapping[str, int], tell: Callable[[Mapping[str, int]], list[int]], *, now: float
    ) -> list[int]:
        """One more of each name, and how many there are now.

        `tell` adds what it is given to what everybody has counted, and says how many that makes. `now` is in seconds.
        """
        with self._lock:
            mine = self._counted(limits)
            if not any(tally.is_due(limits[name], now) for name, tally in mine.items()):
                return [tally.known + tally.untold for tally in mine.values()]
            news = {name: tally.untold for name, tally in mine.items()}
            for tally in mine.values():
                tally.known, tally.untold = tally.known + tally.untold, 0
        found = tell(news)
        with self._lock:
            for tally, count in zip(mine.values(), found, strict=True):
                # Answers to several questions may come in any order.
                tally.known, tally.at = max(tally.known, count), now
        return found

    def clear(self) -> None:
        with self._lock:
            self._tallies.clear()

    def _counted(self, names: Mapping[str, int]) -> dict[str, Tally]:
        if len(self._tallies) > MOST:
            self._tallies.clear()
        mine = {name: self._tallies.setdefault(name, Tally()) for name in names}
        for tally in mine.values():
            tally.untold += 1
        return mine
