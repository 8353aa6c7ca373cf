"""One server measured once: each of its routes under load, what its processes cost meanwhile, and how it starts."""

import statistics
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, replace

from benchmarks import load, processes
from benchmarks.load import Load, Outcome, Running
from benchmarks.people import NAMES, Crowd
from benchmarks.servers import HTTP_OK, Server
from benchmarks.statements import Relay

ROUTES = ("me", "verify", "refresh", "introspect", "login")
FLOODED, FLOOD = "me, 16 signing in", "these 16"
NUMBERS = ("rate", "p50", "p99", "server_cpu")
COUNTED, WARMED = 20, 5
WARM_SECONDS = 1.0
FLOODED_SECONDS = 8.0
# What serves the web, of all the processes that a server may have.
WEB = {"ours": "identity_server.web", "stock": "gunicorn", "tuned": "granian"}


@dataclass(frozen=True, slots=True)
class Figure:
    """One route of one server in one round. CPU in milliseconds for each request; none where the database is elsewhere."""

    route: str
    rate: float
    p50: float
    p99: float
    server_cpu: float
    database_cpu: float | None
    refused: int
    broken: int


def all_of(server: Server, *, seconds: float) -> list[Figure]:
    """The server runs. Everybody signs in once: each chain of refresh tokens is gone through once."""
    crowd = Crowd(server)
    # Asked while nothing goes on: a lane that is slow to answer would be taken for none.
    lane = lane_of(server)
    if plain := crowd.load("me"):
        load.run(plain, seconds=WARM_SECONDS)
    loads = {route: crowd.load(route) for route in ROUTES}
    found = [measured(server, route, wanted, seconds=seconds) for route, wanted in loads.items() if wanted]
    return found + _flooded(server, loads["me"], through(lane, loads["login"], server), seconds=seconds)


def _flooded(server: Server, reading: Load | None, signing: Load | None, *, seconds: float) -> list[Figure]:
    """`me` while sixteen sign in, and what became of these: a flood that is turned away at the door would show nothing."""
    if reading is None or signing is None:
        return []
    # Long enough for sign-ins that wait: in a shorter time some lanes finish none.
    lasting = max(seconds, FLOODED_SECONDS)
    flood = Running(signing, seconds=lasting)
    seen = measured(server, FLOODED, reading, seconds=lasting)
    return [seen, _figure(FLOOD, flood.outcome(), 0.0, None)]


def lane_of(server: Server) -> str:
    """Where the process is that serves sign-ins alone; empty where there is none."""
    lane = server.url.replace(str(server.port), str(server.port + 1))
    try:
        with urllib.request.urlopen(f"{lane}/healthz", timeout=5) as answer:
            return lane if answer.status == HTTP_OK else ""
    except (urllib.error.URLError, OSError):
        return ""


def through(lane: str, signing: Load | None, server: Server) -> Load | None:
    """Sent to the lane, where there is one, as a proxy would."""
    return replace(signing, url=signing.url.replace(server.url, lane)) if signing and lane else signing


def measured(server: Server, name: str, wanted: Load, *, seconds: float) -> Figure:
    own, database = server.pid, processes.postgresql(server.database_url)
    before, stored = processes.cpu_ms(own), processes.cpu_ms(database) if database else 0.0
    seen = load.run(wanted, seconds=seconds)
    done = max(seen.requests, 1)
    spent = (processes.cpu_ms(database) - stored) / done if database else None
    return _figure(name, seen, (processes.cpu_ms(own) - before) / done, spent)


def _figure(name: str, seen: Outcome, server_cpu: float, database_cpu: float | None) -> Figure:
    return Figure(name, seen.rate, seen.p50, seen.p99, server_cpu, database_cpu, seen.refused, seen.broken)


def middle(rounds: Sequence[Figure]) -> Figure:
    """The median of each figure; refusals and breaks are summed, since one is one too many."""
    medians = {name: statistics.median(getattr(one, name) for one in rounds) for name in NUMBERS}
    stored = [one.database_cpu for one in rounds if one.database_cpu is not None]
    return Figure(
        rounds[0].route,
        **medians,
        database_cpu=statistics.median(stored) if stored else None,
        refused=sum(one.refused for one in rounds),
        broken=sum(one.broken for one in rounds),
    )


def web_memory(server: Server) -> float:
    """Idle, in MB, of the web's processes alone."""
    serving = processes.naming(processes.tree(server.pid), WEB[server.kind.name])
    # The sign-in lane is the same program on another port.
    return processes.pss_mb(processes.naming(serving, str(server.port)))


def cold_start(server: Server, *, token: str, parts: Sequence[str] = ()) -> float:
    """Seconds from the start of the web part to the first `me` that is answered with 200."""
    began = time.perf_counter()
    server.start(*parts)
    try:
        server.wait(token)
        return time.perf_counter() - began
    finally:
        server.stop()


def statements(server: Server, relay: Relay, *, parts: Sequence[str] = ()) -> dict[str, float]:
    """How many statements a request takes, of one client, with the pool and the caches warm."""
    server.start(*parts, DATABASE_URL=relay.url, PGSSLMODE="disable", PGGSSENCMODE="disable")
    try:
        server.wait()
        return {route: _counted(server, route, relay) for route in server.kind.routes if route != "introspect"}
    finally:
        server.stop()


def _counted(server: Server, route: str, relay: Relay) -> float:
    pair = server.sign_in(NAMES[0])
    for number in range(WARMED + COUNTED):
        if number == WARMED:
            before = relay.count
        pair = _asked(server, route, pair)
    return (relay.count - before) / COUNTED


def _asked(server: Server, route: str, pair: dict[str, str]) -> dict[str, str]:
    path = server.kind.routes[route]
    match route:
        case "login":
            return server.sign_in(NAMES[0])
        case "refresh":
            return server.create(path, {"refresh": pair["refresh"]}, token="")
        case "verify":
            server.create(path, {"token": pair["access"]}, token="")
        case _:
            server.call("GET", path, token=pair["access"])
    return pair
