"""What must hold, and whether it does. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Goal:
    """`key` names a figure of the run; it must be at least, or at most, `bound`."""

    key: str
    words: str
    at_least: bool
    bound: float

    def holds(self, figure: float) -> bool:
        return figure >= self.bound if self.at_least else figure <= self.bound


GOALS = (
    Goal("refresh", "refresh, times stock refresh", True, 10),
    Goal("verify", "verify, times stock verify", True, 5),
    Goal("introspect", "introspect, times stock verify", True, 5),
    Goal("me", "me, times stock me", True, 3.5),
    Goal("login", "login, of bare argon2 checks on the same cores", True, 0.9),
    Goal("flooded_p99", "p99 of me while 16 sign in, ms", False, 100),
    Goal("scale_me", "p50 of me at 1M, times 1k", False, 1.15),
    Goal("scale_refresh", "p50 of refresh at 1M, times 1k", False, 1.15),
    Goal("purge_rate", "purge of expired sessions, rows/s", True, 40_000),
    Goal("purge_batch", "its longest batch, ms", False, 500),
    Goal("purge_memory", "its memory above that of the idle process, MB", False, 60),
    Goal("web_memory", "web, idle with two workers, MB PSS", False, 160),
    Goal("cold_start", "cold start to the first 200 of me, s", False, 1.2),
)


def verdicts(figures: Mapping[str, float], goals: Iterable[Goal] = GOALS) -> list[str]:
    """One line for each goal; what was not measured says so."""
    return [_line(goal, figures.get(goal.key)) for goal in goals]


def _line(goal: Goal, figure: float | None) -> str:
    wanted = f"{'>=' if goal.at_least else '<='} {goal.bound:g}"
    if figure is None:
        return f"  -     {goal.words}: not measured (goal {wanted})"
    return f"  {'met ' if goal.holds(figure) else 'open'}  {goal.words}: {figure:.2f} (goal {wanted})"
