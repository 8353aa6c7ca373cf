"""Forgets every session of a filled database and tells, on the last line, what it took. Run by benchmarks.scale."""

import json
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import django
from django.db import connection
from django.utils import timezone

django.setup()

from tokens.services import retention  # noqa: E402  models may be imported only now

AT_MOST_SECONDS = 90.0
LONG_AFTER = timedelta(days=1000)


class Batches:
    """The time from the end of one deletion to that of the next: everything that a batch does."""

    def __init__(self) -> None:
        self.ended, self.longest = time.perf_counter(), 0.0

    def __call__(self, execute: Any, statement: str, params: Any, many: bool, context: Any) -> Any:
        try:
            return execute(statement, params, many, context)
        finally:
            if "DELETE" in str(statement):
                now = time.perf_counter()
                self.longest, self.ended = max(self.longest, now - self.ended), now


def memory_mb(name: str) -> float:
    # Not getrusage: its peak outlives exec, so it may be that of the process which started this one.
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) / 1024


def main() -> None:
    at, rows, before = timezone.now() + LONG_AFTER, 0, memory_mb("VmRSS")
    connection.ensure_connection()
    batches, began = Batches(), time.perf_counter()
    with connection.execute_wrapper(batches):
        while time.perf_counter() - began < AT_MOST_SECONDS and (gone := retention.purge(at=at)):
            rows += gone
    told = {"rows": rows, "seconds": time.perf_counter() - began, "batch_ms": 1000 * batches.longest}
    print(json.dumps(told | {"before_mb": before, "peak_mb": memory_mb("VmHWM")}))


if __name__ == "__main__":
    main()
