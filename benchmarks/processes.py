"""What processes cost, as /proc tells it: CPU time and memory."""

import os
from collections.abc import Iterable
from pathlib import Path

import psycopg

from tests.live import command_line, descendants

TICKS = os.sysconf("SC_CLK_TCK")
UTIME, STIME, CHILDREN_UTIME, CHILDREN_STIME = 11, 12, 13, 14  # counted after the name in /proc/<pid>/stat


def tree(pid: int) -> list[int]:
    return [pid, *descendants(pid)]


def cpu_ms(root: int) -> float:
    """Of a process and all below it, also of those that have ended: what they used is counted with their parent."""
    return sum(map(_cpu_ticks, tree(root))) * 1000 / TICKS


def _cpu_ticks(pid: int) -> int:
    try:
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return sum(int(words[at]) for at in (UTIME, STIME, CHILDREN_UTIME, CHILDREN_STIME))


def pss_mb(pids: Iterable[int]) -> float:
    """Memory with each shared page divided among those who share it."""
    return sum(map(_pss_kb, pids)) / 1024


def _pss_kb(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def naming(pids: Iterable[int], word: str) -> list[int]:
    return [pid for pid in pids if word in command_line(pid)]


def postgresql(database_url: str) -> int:
    """The parent of every process of the database server, where that runs on this machine; else 0."""
    with psycopg.connect(database_url) as connection:
        try:
            stat = Path(f"/proc/{connection.info.backend_pid}/stat").read_text()
        except OSError:
            return 0
    parent = int(stat.rpartition(")")[2].split()[1])
    return parent if "postgres" in command_line(parent) else 0
