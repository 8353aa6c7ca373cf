"""Asks all dependencies at once, in bounded time, and sums up."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache

from health_check.base import HealthCheckResult

from identity_server.health.dependencies import DEPENDENCIES, Dependency


@dataclass(frozen=True, slots=True)
class Readiness:
    """`degraded`: something that we can do without is down. Traffic may come; somebody should look."""

    results: Sequence[HealthCheckResult]

    @property
    def serves(self) -> bool:
        return not any(result.error and result.check.vital for result in self.results)

    @property
    def state(self) -> str:
        if not self.serves:
            return "unready"
        return "degraded" if any(result.error for result in self.results) else "ready"

    def body(self) -> dict[str, object]:
        """For strangers too, so it says what is down and not why; the log has the reason."""
        return {"status": self.state, "checks": {result.check.name: _told(result) for result in self.results}}


def _told(result: HealthCheckResult) -> dict[str, object]:
    return {"state": "down" if result.error else "up", "milliseconds": round(result.time_taken * 1000, 1)}


def look(dependencies: Sequence[type[Dependency]] = DEPENDENCIES) -> Readiness:
    return Readiness(asyncio.run(_ask(dependencies)))


async def _ask(dependencies: Sequence[type[Dependency]]) -> list[HealthCheckResult]:
    return await asyncio.gather(*(dependency().get_result(_threads()) for dependency in dependencies))


@cache
def _threads() -> ThreadPoolExecutor:
    # Few and shared: where a dependency hangs, the next probes wait in line and are given up, and threads do not pile up.
    return ThreadPoolExecutor(max_workers=2 * len(DEPENDENCIES), thread_name_prefix="readyz")
