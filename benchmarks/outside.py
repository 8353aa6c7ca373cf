"""Decisions over HTTP: our AuthZEN endpoint beside a stock view that answers `user.has_perm`, in turns in the same run."""

import contextlib
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from benchmarks import company, inside, load, measures, people, rounds, servers
from benchmarks.company import Question, Sizes
from benchmarks.load import CLIENTS, Line, Load
from benchmarks.measures import Figure
from benchmarks.servers import Kind, Server

ROUTE, PORTS_EACH, CHECKED = "evaluation", 10, 40
SETTLING = {"ours": "settling", "stock": "stock", "tuned": "stock"}
FEW, OTHERS, MOST_FEW = "about 200 people", "about all", 200
Key = tuple[str, str]
Figures = dict[Key, list[Figure]]


def kinds() -> list[Kind]:
    peers = [
        replace(kind, routes={**kind.routes, ROUTE: "/evaluation/"}) for kind in (servers.stock(), servers.tuned())
    ]
    ours = servers.ours()
    return [peers[0], replace(ours, routes={**ours.routes, ROUTE: "/access/v1/evaluation"}), peers[1]]


def take(sizes: Sizes, *, turns: int, seconds: float, port: int) -> Figures:
    found: Figures = defaultdict(list)
    with contextlib.ExitStack() as stack:
        ready = [stack.enter_context(rounds.prepared(kind, port + PORTS_EACH * at)) for at, kind in enumerate(kinds())]
        for server in ready:
            inside.run(server, SETTLING[server.kind.name], sizes)
        for number in range(turns):
            print(f"over HTTP, round {number + 1} of {turns}", flush=True)
            for server in ready:
                for figure in _turn(server, sizes, seconds=seconds):
                    found[server.kind.name, figure.route].append(figure)
    return found


def asked(sizes: Sizes) -> dict[str, list[Question]]:
    """About the same few again and again, as one application asks about those who use it now; and about ever others."""
    some = sizes.company.questions(sizes.questions)
    return {FEW: [one for one in sizes.company.questions(sizes.questions * 10) if one[0] < MOST_FEW], OTHERS: some}


def _turn(server: Server, sizes: Sizes, *, seconds: float) -> list[Figure]:
    server.start().wait()
    try:
        token = _token(server)
        agree(server, token, sizes, sizes.company.questions(CHECKED))
        loads = {name: _load(server, token, questions) for name, questions in asked(sizes).items()}
        load.run(loads[FEW], seconds=measures.WARM_SECONDS)
        return [measures.measured(server, name, one, seconds=seconds) for name, one in loads.items()]
    finally:
        server.stop()


def _load(server: Server, token: str, questions: list[Question]) -> Load:
    lines = [Line(f"Bearer {token}", json.dumps(body(server, one))) for one in questions]
    return Load(method="POST", url=server.url + server.kind.routes[ROUTE], lines=lines, shared_by=CLIENTS)


def _token(server: Server) -> str:
    """Of ours a machine asks, as gateways do; of the stock project somebody who is signed in."""
    if server.credentials:
        return people.machine_token(server, *server.credentials)
    return server.sign_in(people.NAMES[0])["access"]


def body(server: Server, question: Question) -> dict[str, Any]:
    person, permission = question
    if server.kind.name != "ours":
        return {"user": company.number_of(person), "permission": f"auth.{company.permission_name(permission)}"}
    return {
        "subject": {"type": "user", "id": str(company.id_of(person))},
        "action": {"name": company.action_of(permission)},
        "resource": {"type": company.resource_of(permission), "id": "1"},
    }


def agree(server: Server, token: str, sizes: Sizes, questions: list[Question]) -> None:
    """It answers rightly, or it is measured at something else."""
    for one in questions:
        status, answer = server.call("POST", server.kind.routes[ROUTE], body(server, one), token=token)
        if status != servers.HTTP_OK or answer["decision"] is not sizes.company.may(*one):
            raise inside.Disagreement(f"{server.kind.name}: {one}: {status} {answer}")


def figures(found: Mapping[Key, list[Figure]]) -> dict[str, float]:
    return {"http": _ratio(found, FEW), "http_others": _ratio(found, OTHERS)}


def _ratio(found: Mapping[Key, list[Figure]], route: str) -> float:
    """Of each round, and then the median: within it the two were measured nearest to each other."""
    pairs = zip(found["ours", route], found["stock", route], strict=True)
    return inside.middle(ours.rate / max(stock.rate, 0.001) for ours, stock in pairs)


def document(found: Mapping[Key, list[Figure]]) -> list[dict[str, Any]]:
    return [{"server": name, **asdict(one)} for (name, _), many in found.items() for one in many]
