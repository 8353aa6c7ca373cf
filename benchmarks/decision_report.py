"""The findings about decisions as tables for people. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmarks.inside import Found, middle
from benchmarks.measures import Figure
from benchmarks.measures import middle as middle_of

CHECKS = {
    "ours": "ours, with the round trip to Redis",
    "pure": "ours, the decision alone",
    "fast": "pycasbin FastEnforcer",
    "enforcer": "pycasbin Enforcer",
    "guardian": "django-guardian",
}
BESIDE = {
    "round_trip_p50": "such a round trip alone, us",
    "again_p50": "ours with it, about one person again and again, us",
    "quiet_p50": "ours with it, where nothing else goes on, us",
    "quiet_trip": "the round trip alone there, us",
    "elsewhere_p50": "ours, known to another process only, us",
    "fresh_p50": "ours, known to nobody, with its statement, us",
    "cold_ms": "ours, the first of a process, ms",
    "cold_compile": "statements of that for the roles",
    "cold_beside": "its other statements",
    "cold_next": "statements of the next, about another person",
    "warm": "statements when she is asked about again",
    "batch_10000": "10,000 checks about 100 people, ms",
    "batch_10000_others": "10,000 checks about ever others, ms",
    "graph_ms": "graph of 10,000 roles, ms",
}


def inside(found: Sequence[Found]) -> Iterator[str]:
    yield f"{'one check in a process':46} {'p50 us':>9} {'p99 us':>9} {'100, ms':>9}"
    for name, words in CHECKS.items():
        p50, p99 = (middle(one[name][key] for one in found) for key in ("p50", "p99"))
        # The decision alone has no batch; that of ours is one for all.
        batches = [one["batch_100"] if name == "ours" else one[name].get("batch_100", 0.0) for one in found]
        yield f"{words:46} {p50:9.1f} {p99:9.1f} {middle(batches) or '-':>9.4}"
    for key, words in BESIDE.items():
        yield f"{words:46} {middle(one[key] for one in found):9.1f}"


def outside(found: Mapping[tuple[str, str], Sequence[Figure]]) -> Iterator[str]:
    yield f"{'evaluation over HTTP':28} {'per s':>8} {'p50 ms':>8} {'p99 ms':>8} {'CPU ms':>7}"
    for (name, route), rounds in found.items():
        one = middle_of(rounds)
        faults = f"  ({one.refused} refused, {one.broken} broken)" if one.refused or one.broken else ""
        yield f"{f'{name}, {route}':28} {one.rate:8.0f} {one.p50:8.1f} {one.p99:8.1f} {one.server_cpu:7.2f}{faults}"


def crowds(found: Mapping[str, Any]) -> Iterator[str]:
    for size, rounds in found["scale_rounds"].items():
        for name in ("scale_fresh", "scale_warm"):
            told = ", ".join(f"{one[name]:.1f}" for one in rounds)
            yield f"{name} with {size}: p50 of the rounds {told} us"
