"""What there is to say of the machine before anything is measured on it."""

import os
from pathlib import Path

# By sessions, as for a desktop: each of PostgreSQL's processes is a session of its own, and waits for its share.
AUTOGROUP = Path("/proc/sys/kernel/sched_autogroup_enabled")


def load() -> float:
    return os.getloadavg()[0]


def words(busy: float) -> str:
    return (
        f"load of the machine before: {busy:.1f}, on {os.cpu_count()} cores; figures of a busy machine are no record"
        f"\nthe processor is shared {'by sessions (kernel.sched_autogroup_enabled)' if is_by_sessions() else 'by processes'}"
    )


def is_by_sessions() -> bool:
    return AUTOGROUP.exists() and AUTOGROUP.read_text().strip() == "1"
