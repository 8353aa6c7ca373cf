"""The findings as tables for people, and as one document for programs. Pure."""

import statistics
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from benchmarks.goals import verdicts
from benchmarks.measures import FLOOD, FLOODED, ROUTES, Figure, middle
from benchmarks.rounds import Findings

NAMES = ("ours", "stock", "tuned")
ROWS = (*ROUTES, FLOODED, FLOOD)
# The peer has no introspection; its verify is the nearest that it has.
AGAINST = {"introspect": "verify"}
HEAD = f"{'':18} {'':6} {'per s':>8} {'p50 ms':>8} {'p99 ms':>8} {'CPU ms':>7} {'db ms':>6} {'stmts':>6}  ours is"


def medians(findings: Findings) -> dict[tuple[str, str], Figure]:
    return {key: middle(rounds) for key, rounds in findings.figures.items()}


def figures(findings: Findings) -> dict[str, float]:
    """The figures that goals are set for, as far as the rounds bring them."""
    ratios = {route: ratio for route in ROUTES if (ratio := _ratio(findings, route, "stock")) is not None}
    logins = [one.rate / bare for one, bare in zip(findings.figures["ours", "login"], findings.hashes, strict=True)]
    # Readers who wait for nobody prove nothing: in each round somebody must have signed in.
    flooded = all(one.rate for one in findings.figures["ours", FLOOD])
    reading = {"flooded_p99": medians(findings)["ours", FLOODED].p99} if flooded else {}
    return (
        ratios
        | reading
        | {
            "login": statistics.median(logins),
            "web_memory": statistics.median(findings.memory["ours"]),
            "cold_start": statistics.median(findings.cold["ours"]),
        }
    )


def _ratio(findings: Findings, route: str, peer: str) -> float | None:
    ratios = _ratios(findings, route, peer)
    return statistics.median(ratios) if ratios else None


def _ratios(findings: Findings, route: str, peer: str) -> list[float]:
    """A ratio for each round: within it the two were measured nearest to each other."""
    ours, theirs = findings.figures.get(("ours", route)), findings.figures.get((peer, AGAINST.get(route, route)))
    if not ours or not theirs:
        return []
    return [one.rate / max(other.rate, 0.001) for one, other in zip(ours, theirs, strict=True)]


def _compared(findings: Findings, route: str, peer: str) -> str:
    """The ratio, and how far the rounds lie apart: what is not far from 1 and wide apart says nothing."""
    ratios = _ratios(findings, route, peer) if peer != "ours" else []
    if not ratios:
        return ""
    return f"{statistics.median(ratios):.2f} x {peer} ({min(ratios):.2f} to {max(ratios):.2f})"


def table(findings: Findings) -> Iterator[str]:
    found = medians(findings)
    yield HEAD
    for route in ROWS:
        if ("ours", route) not in found:
            yield f"{route:18} left out: no such route"
            continue
        yield from (_row(findings, found, route, name) for name in NAMES if (name, route) in found)
    yield f"{'bare argon2':18} {'':6} {statistics.median(findings.hashes):8.0f}"
    for name in NAMES:
        memory, cold = statistics.median(findings.memory[name]), statistics.median(findings.cold[name])
        yield f"{name:6} web, idle: {memory:.0f} MB PSS; cold start {cold:.2f} s"


def _row(findings: Findings, found: Mapping[tuple[str, str], Figure], route: str, name: str) -> str:
    one = found[name, route]
    count = findings.statements.get(name, {}).get(route)
    stored = "-" if one.database_cpu is None else f"{one.database_cpu:.2f}"
    cells = f"{one.rate:8.0f} {one.p50:8.1f} {one.p99:8.1f} {one.server_cpu:7.2f} {stored:>6}"
    faults = f"  ({one.refused} refused, {one.broken} broken)" if one.refused or one.broken else ""
    said = "" if count is None else f"{count:.1f}"
    return f"{route:18} {name:6} {cells} {said:>6}  {_compared(findings, route, name)}{faults}"


def goals(figures_found: Mapping[str, float]) -> str:
    return "\n".join(["Goals", *verdicts(figures_found)])


def document(findings: Findings, figures_found: Mapping[str, float]) -> dict[str, Any]:
    return {
        "goals": dict(figures_found),
        "routes": [{"server": name, **asdict(figure)} for (name, _), figure in medians(findings).items()],
        "rounds": [{"server": name, **asdict(one)} for (name, _), many in findings.figures.items() for one in many],
        "statements": findings.statements,
        "bare_argon2_per_s": findings.hashes,
        "web_memory_mb": dict(findings.memory),
        "cold_start_s": dict(findings.cold),
    }
