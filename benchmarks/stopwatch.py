"""How long one question takes, asked many times over. What the loop itself takes counts for all alike."""

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from time import perf_counter_ns
from typing import TypeVar

Asked = TypeVar("Asked")


@dataclass(frozen=True, slots=True)
class Times:
    """In microseconds; the answers in the order of the questions, `1` for each yes, so that contenders can be compared."""

    p50: float
    p99: float
    answers: str


class Taken:
    """What has been taken down so far."""

    def __init__(self) -> None:
        self.nanoseconds: list[int] = []
        self.answers: list[str] = []

    def add(self, ask: Callable[[Asked], object], asked: Iterable[Asked]) -> None:
        for one in asked:
            began = perf_counter_ns()
            answer = ask(one)
            self.nanoseconds.append(perf_counter_ns() - began)
            self.answers.append("1" if answer else "0")

    def times(self) -> Times:
        ranked = sorted(self.nanoseconds)
        return Times(statistics.median(ranked) / 1000, ranked[len(ranked) * 99 // 100] / 1000, "".join(self.answers))


def each(ask: Callable[[Asked], object], asked: Iterable[Asked]) -> Times:
    taken = Taken()
    taken.add(ask, asked)
    return taken.times()


def whole(act: Callable[[], object], *, times: int) -> float:
    """The median of so many turns, in milliseconds."""
    took: list[int] = []
    for _ in range(times):
        began = perf_counter_ns()
        act()
        took.append(perf_counter_ns() - began)
    return statistics.median(took) / 1e6


def in_parts(
    ask: Callable[[Asked], object], asked: Sequence[Asked], *, before: Callable[[list[Asked]], object], size: int
) -> Times:
    """As `each`; `before` sees to each part in turn, and its time counts for nothing."""
    taken = Taken()
    for first in range(0, len(asked), size):
        part = list(asked[first : first + size])
        before(part)
        taken.add(ask, part)
    return taken.times()
