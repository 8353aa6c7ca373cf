"""Whether it matters how much the tables hold: a thousand users and sessions beside a million, and forgetting the million."""

import contextlib
import json
import statistics
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence

import psycopg
from psycopg import sql

from benchmarks import load, measures, people, rounds, servers
from benchmarks.people import Crowd
from benchmarks.servers import Server

FEW, MANY, ROUNDS = 1_000, 1_000_000, 3
COMPARED = ("me", "refresh")
PORTS_EACH = 10
# Ids in the order of their making, as the server's own are.
USER_ID = "('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid"
SESSION_ID = "('01900000-0000-7000-9000-' || lpad(to_hex(n), 12, '0'))::uuid"
EMAIL = "'crowd' || n || '@example.org'"


def take(*, comparing: bool, purging: bool, seconds: float, port: int) -> dict[str, float]:
    with contextlib.ExitStack() as stack:
        sizes = (FEW, MANY) if comparing else (MANY,)
        ready = {
            size: stack.enter_context(rounds.prepared(servers.ours(), port + PORTS_EACH * at))
            for at, size in enumerate(sizes)
        }
        for size, server in ready.items():
            print(f"filling in {size} users and sessions: {fill(server, size):.0f} s", flush=True)
        figures = compared(ready, seconds=seconds) if comparing else {}
        return figures | (purged(ready[MANY]) if purging else {})


def fill(server: Server, count: int) -> float:
    """Copies of one person and one session of hers, a row for each number. How long it took."""
    began = time.monotonic()
    with psycopg.connect(server.database_url, autocommit=True) as connection:
        copies = {"id": USER_ID, "email": EMAIL, "email_canonical": EMAIL}
        multiply(connection, "accounts_user", count, copies, where=f"t.email = '{people.NAMES[0]}'")
        copies = {"id": SESSION_ID, "user_id": USER_ID}
        multiply(connection, "tokens_session", count, copies, where="true")
        connection.execute("VACUUM ANALYZE")
    return time.monotonic() - began


def multiply(connection: psycopg.Connection, table: str, count: int, copies: Mapping[str, str], *, where: str) -> None:
    """Whatever columns the table has, all but `copies` are those of the one row that is copied."""
    asked = "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND is_generated = 'NEVER'"
    names = [name for (name,) in connection.execute(asked, [table])]
    values = [sql.SQL(copies[name]) if name in copies else sql.SQL("t.") + sql.Identifier(name) for name in names]
    connection.execute(
        sql.SQL("INSERT INTO {table} ({names}) SELECT {values} FROM {one}, generate_series(1, {count}) n").format(
            table=sql.Identifier(table),
            names=sql.SQL(", ").join(map(sql.Identifier, names)),
            values=sql.SQL(", ").join(values),
            one=sql.SQL(f"(SELECT * FROM {table} t WHERE {where} LIMIT 1) t"),
            count=sql.Literal(count),
        )
    )


def compared(ready: Mapping[int, Server], *, seconds: float) -> dict[str, float]:
    """The median of a route with many, as a multiple of that with few. One after the other, in turns."""
    taken: dict[tuple[str, int], list[float]] = defaultdict(list)
    for _ in range(ROUNDS):
        for size, server in ready.items():
            for route, p50 in _medians(server, seconds=seconds).items():
                taken[route, size].append(p50)
    for (route, size), p50s in sorted(taken.items()):
        print(
            f"{route:8} with {size:>7} users and sessions: p50 of the rounds {', '.join(f'{one:.1f}' for one in p50s)} ms"
        )
    ratios = {route: _ratios(taken[route, MANY], taken[route, FEW]) for route in COMPARED}
    return {f"scale_{route}": statistics.median(many) for route, many in ratios.items()}


def _ratios(many: Sequence[float], few: Sequence[float]) -> list[float]:
    """A ratio for each round: within it the two were measured nearest to each other."""
    return [one / other for one, other in zip(many, few, strict=True)]


def _medians(server: Server, *, seconds: float) -> dict[str, float]:
    server.start("web").wait()
    try:
        crowd = Crowd(server)
        if plain := crowd.load("me"):
            load.run(plain, seconds=measures.WARM_SECONDS)
        loads = {route: crowd.load(route) for route in COMPARED}
        return {route: load.run(one, seconds=seconds).p50 for route, one in loads.items() if one}
    finally:
        server.stop()


def purged(server: Server) -> dict[str, float]:
    """Forget all sessions at a time when all are long over. In a process of its own, whose memory is the task's."""
    told = json.loads(server.run("-m", "benchmarks.purging").splitlines()[-1])
    print(
        f"purge: {told['rows']} rows in {told['seconds']:.1f} s, longest batch {told['batch_ms']:.0f} ms, "
        f"memory {told['before_mb']:.0f} MB before and {told['peak_mb']:.0f} MB at most"
    )
    return {
        "purge_rate": told["rows"] / told["seconds"],
        "purge_batch": told["batch_ms"],
        "purge_memory": told["peak_mb"] - told["before_mb"],
    }
