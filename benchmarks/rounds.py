"""The servers in turns: each is started, measured and stopped before the next, and so three times over."""

import contextlib
import shutil
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from benchmarks import hashing, measures, people, servers
from benchmarks.measures import Figure
from benchmarks.servers import Kind, Server
from benchmarks.statements import Relay
from tests import rooms

WEB_ALONE = {"ours": ("web",), "stock": (), "tuned": ()}
PORTS_EACH = 10


@dataclass
class Findings:
    """What all rounds brought: by the server's name, or by its name and a route's."""

    figures: dict[tuple[str, str], list[Figure]] = field(default_factory=lambda: defaultdict(list))
    hashes: list[float] = field(default_factory=list)
    memory: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    cold: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    statements: dict[str, dict[str, float]] = field(default_factory=dict)


@contextlib.contextmanager
def prepared(kind: Kind, port: int) -> Iterator[Server]:
    """A server with its people, stopped, in a room that is cleared at the end."""
    room = rooms.make()
    server = Server(kind, room, port)
    try:
        server.prepare().start().wait()
        people.move_in(server)
        server.stop()
        yield server
    finally:
        server.stop()
        rooms.clear(room)
        shutil.rmtree(server.folder, ignore_errors=True)


def take(findings: Findings, *, rounds: int, seconds: float, port: int) -> None:
    kinds = [servers.stock(), servers.ours(), servers.tuned()]
    with contextlib.ExitStack() as stack:
        ready = [stack.enter_context(prepared(kind, port + PORTS_EACH * at)) for at, kind in enumerate(kinds)]
        for number in range(rounds):
            print(f"round {number + 1} of {rounds}: {', '.join(kind.name for kind in kinds)}", flush=True)
            for server in ready:
                _turn(findings, server, seconds=seconds)
        _count(findings, ready, port=port + PORTS_EACH * len(kinds))


def _turn(findings: Findings, server: Server, *, seconds: float) -> None:
    name = server.kind.name
    server.start().wait()
    try:
        findings.memory[name].append(measures.web_memory(server))
        if name == "ours":
            # Beside the sign-ins that they are compared with.
            findings.hashes.append(hashing.rate(seconds=seconds))
        for figure in measures.all_of(server, seconds=seconds):
            findings.figures[name, figure.route].append(figure)
        token = server.sign_in(people.NAMES[0])["access"]
    finally:
        server.stop()
    findings.cold[name].append(measures.cold_start(server, token=token, parts=WEB_ALONE[name]))


def _count(findings: Findings, ready: Sequence[Server], *, port: int) -> None:
    for at, server in enumerate(ready):
        relay, name = Relay(server.database_url, port + at), server.kind.name
        findings.statements[name] = measures.statements(server, relay, parts=WEB_ALONE[name])
