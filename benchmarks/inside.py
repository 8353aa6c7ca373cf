"""Decisions inside a process: each contender in one of its own, one after the other, with the same questions in the same run."""

import contextlib
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from benchmarks import busy, contenders
from benchmarks.company import Sizes
from benchmarks.servers import Kind, Server
from tests import rooms
from tests.live import ROOT

GUARDIAN = Kind(
    name="guardian",
    command=(),
    prepare=(("-m", "django", "migrate", "--run-syncdb", "--no-input", "-v0"),),
    environment={"DJANGO_SETTINGS_MODULE": "benchmarks.peers.objects.settings", "PYTHONPATH": str(ROOT)},
    routes={},
    person="username",
)
JUDGED = ("ours", "pure", "fast", "enforcer", "guardian")
Found = dict[str, Any]


class Disagreement(RuntimeError):
    """Two contenders answer the same question differently: then one of them was measured at something else."""


@contextlib.contextmanager
def empty(kind: Kind, port: int) -> Iterator[Server]:
    """A server that never starts: its database, and its environment for commands."""
    room = rooms.make()
    server = Server(kind, room, port)
    try:
        yield server.prepare()
    finally:
        rooms.clear(room)
        shutil.rmtree(server.folder, ignore_errors=True)


def run(server: Server, name: str, sizes: Sizes) -> Found:
    return contenders.heard(server.run("-m", f"benchmarks.contenders.{name}", contenders.words(sizes)))


def alone(name: str, sizes: Sizes) -> Found:
    """A contender that needs no database."""
    command = [sys.executable, "-m", f"benchmarks.contenders.{name}", contenders.words(sizes)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return contenders.heard(done.stdout)


def take(server: Server, sizes: Sizes, *, turns: int, port: int) -> list[Found]:
    """What each round found. `server` is ours, and the company has moved in."""
    found: list[Found] = []
    with empty(GUARDIAN, port) as guardian:
        for number in range(turns):
            print(f"in a process, round {number + 1} of {turns}", flush=True)
            found.append(_turn(server, guardian, sizes))
    return found


def _turn(server: Server, guardian: Server, sizes: Sizes) -> Found:
    with busy.others():
        found = run(server, "ours", sizes) | alone("enforcers", sizes) | run(guardian, "guardian", sizes)
    agree(found, sizes)
    quiet = run(server, "ours", sizes)
    return found | alone("graphs", sizes) | {"quiet_p50": quiet["ours"]["p50"], "quiet_trip": quiet["round_trip_p50"]}


def agree(found: Mapping[str, Any], sizes: Sizes) -> None:
    """Everybody's answers are the right ones. They are not told on: they are long."""
    company = sizes.company
    right = "".join("1" if company.may(*one) else "0" for one in company.questions(sizes.questions))
    for name in JUDGED:
        answers = found[name].pop("answers")
        if not answers or not right.startswith(answers):
            raise Disagreement(name)


def figures(found: Sequence[Found]) -> dict[str, float]:
    """What goals are set for: of each round the ratios, for in it they were measured nearest to each other; then the median."""
    each = [_figures_of(one) for one in found]
    return {name: middle(one[name] for one in each) for name in each[0]}


def middle(of: Iterable[float]) -> float:
    return statistics.median(of)


def _figures_of(found: Found) -> dict[str, float]:
    ours = found["ours"]["p50"]
    return {
        "than_fast": ours / found["fast"]["p50"],
        "pure_than_fast": found["pure"]["p50"] / found["fast"]["p50"],
        "than_enforcer": found["enforcer"]["p50"] / ours,
        "than_guardian": found["guardian"]["p50"] / ours,
        "beside_us": found["again_p50"] - found["round_trip_p50"],
        "cold_beside": max(found["cold_beside"], found["cold_next"]),
        "graph_ms": found["graph_ms"],
        "batch_10000": found["batch_10000"],
    }
