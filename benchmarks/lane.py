"""What a flood of guesses leaves to everybody else: through the web processes, and through the sign-in lane.

    python -m benchmarks.lane [--rounds 3] [--seconds 5] [--threads 1,2,4] [--lane-threads 1,2,4,12] [--lane-workers 1,2] [--arenas]

Needs wrk, and PostgreSQL, Redis and RabbitMQ as DATABASE_URL, REDIS_URL and BROKER_URL name them. Starts two web processes and the
lane, as `manage.py up` would. Prints what `GET /api/v1/me/` gets, alone and while sixteen clients guess passwords without
a pause, as medians: requests a second, their share of what they were alone, p50 and p99 in milliseconds.
"""

import argparse
import asyncio
import itertools
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit

from benchmarks import processes
from identity_server.supervisor import leash, readiness
from identity_server.supervisor.parts import Part
from identity_server.supervisor.server import SIGN_IN, Serving, parts_of
from tests import live, rooms

READERS, GUESSERS, WEB_WORKERS = 8, 16, 2
SLOTS, QUEUE = len(os.sched_getaffinity(0)), 4
REDIS_NUMBER = 13
KEPT_GOAL, P99_GOAL = 0.38, 100.0
UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}
ROOT = {"email": "root@example.org", "password": "a lighthouse made of driftwood"}
GIVEN = {
    "ENV_FILE": "",
    "ADMIN_EMAIL": ROOT["email"],
    "ADMIN_PASSWORD": ROOT["password"],
    "ACCESS_TOKEN_LIFETIME": "12h",
    "API_RATE_LIMIT": "100000000/min",
    "SIGN_IN_ADDRESS_LIMIT": "100000",
    "HASHING_SLOTS": str(SLOTS),
    "HASHING_QUEUE": str(QUEUE),
}
GUESS = """wrk.method, wrk.headers["Content-Type"] = "POST", "application/json"
local body, guesser = '{"email": "guest-%d@example.org", "password": "not hers"}', nil
count, hashed, busy = 0, 0, 0
function setup(thread) guesser = thread end
function request() count = count + 1; return wrk.format(nil, nil, nil, body:format(count % 500)) end
function response(status)
  if status == 401 then hashed = hashed + 1 elseif status == 503 then busy = busy + 1 end
end
function done() print(("GUESSES %d %d"):format(guesser:get("hashed"), guesser:get("busy"))) end
"""


class Seen(NamedTuple):
    """By the readers (rate, p50, p99), and of the guesses: how many a second were hashed or refused as busy."""

    rate: float
    p50: float
    p99: float
    hashed: float = 0
    busy: float = 0


class Way(NamedTuple):
    """To serve. 0 threads or processes are as many as the server would choose."""

    web_threads: int
    lane_threads: int
    lane_workers: int
    one_arena: bool

    def __str__(self) -> str:
        arenas = "" if self.one_arena else ", MALLOC_ARENA_MAX unset"
        lane = f"lane threads {self.lane_threads or '-'} in {self.lane_workers or '-'} processes"
        return f"web threads {self.web_threads or '-'}, {lane}{arenas}"

    def applied_to(self, part: Part) -> Part:
        is_lane = part.name == SIGN_IN
        chosen = {"--blocking-threads": self.lane_threads if is_lane else self.web_threads}
        chosen |= {"--workers": self.lane_workers} if is_lane else {}
        command = list(part.command)
        for option, number in chosen.items():
            if number:
                command[command.index(option) + 1] = str(number)
        kept = {name: value for name, value in part.environment.items() if self.one_arena or name != "MALLOC_ARENA_MAX"}
        return replace(part, command=tuple(command), environment=kept)


class Node:
    """The web processes and the lane, on a database that is set up."""

    def __init__(self, way: Way, room: dict[str, str], folder: Path) -> None:
        port = live.free_port()
        self.web, self.lane = (f"http://127.0.0.1:{number}" for number in (port, port + 1))
        binds = {"BIND": f"127.0.0.1:{port}", "SIGN_IN_BIND": f"127.0.0.1:{port + 1}"}
        self.environment = {**os.environ, **GIVEN, **room, **binds, "VAR_DIR": str(folder), "PUBLIC_URL": self.web}
        self.folder = folder
        serving = Serving(
            bind=binds["BIND"],
            sign_in_bind=binds["SIGN_IN_BIND"],
            hashing_slots=SLOTS,
            hashing_turns=SLOTS * (1 + QUEUE),
            var_dir=folder,
            web_workers=WEB_WORKERS,
            worker_concurrency=1,
            embedded=False,
        )
        self.parts = [way.applied_to(part) for part in parts_of(serving) if part.name in {"web", SIGN_IN}]
        serving.metrics_dir.mkdir(parents=True)

    @contextmanager
    def running(self) -> Iterator[dict[str, int]]:
        """The process of each part."""
        for command in ("migrate", "bootstrap"):
            manage = [sys.executable, "manage.py", command]
            subprocess.run(manage, cwd=live.ROOT, env=self.environment, check=True, capture_output=True)
        with ExitStack() as started:
            yield {part.name: started.enter_context(self._started(part)) for part in self.parts}

    @contextmanager
    def _started(self, part: Part) -> Iterator[int]:
        command, environment = leash.held(part.command, nice=part.nice), {**self.environment, **part.environment}
        with (self.folder / f"{part.name}.log").open("wb") as log:
            child = subprocess.Popen(
                command, cwd=live.ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
            )
            try:
                asyncio.run(readiness.until_it_answers(part.ready_url))
                yield child.pid
            finally:
                child.terminate()
                child.wait()

    def token(self) -> str:
        asked = urllib.request.Request(
            f"{self.lane}/api/v1/token/", json.dumps(ROOT).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return str(json.load(answer)["access"])


def read(node: Node, token: str, *, seconds: int) -> Seen:
    """As somebody signed in, who asks who she is."""
    said = _wrk(f"{node.web}/api/v1/me/", "-H", f"Authorization: Bearer {token}", clients=READERS, seconds=seconds)
    output, _ = said.communicate()
    late = {share: float(n) * UNITS[unit] for share, n, unit in re.findall(r"(\d\d)%\s+([\d.]+)(us|ms|s)", output)}
    rate = re.search(r"Requests/sec:\s+([\d.]+)", output)
    if not rate or "Non-2xx" in output:
        raise RuntimeError(output)
    return Seen(float(rate[1]), late["50"], late["99"])


def read_in_flood(node: Node, token: str, url: str, *, seconds: int) -> Seen:
    """The flood begins a second before the reading and ends a second after it."""
    script = node.folder / "guess.lua"
    script.write_text(GUESS)
    guessing = _wrk(f"{url}/api/v1/token/", "-s", str(script), clients=GUESSERS, seconds=seconds + 2)
    time.sleep(1)
    seen = read(node, token, seconds=seconds)
    counts = re.search(r"GUESSES (\d+) (\d+)", guessing.communicate()[0])
    return Seen(*seen[:3], *(int(count) / (seconds + 2) for count in counts.groups())) if counts else seen


def _wrk(url: str, *options: str, clients: int, seconds: int) -> "subprocess.Popen[str]":
    command = ("wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--timeout", "30s", "--latency", *options, url)
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def measure(node: Node, *, rounds: int, seconds: int) -> dict[str, list[Seen]]:
    token = node.token()
    read(node, token, seconds=2)
    found: dict[str, list[Seen]] = {"alone": [], "flood through web": [], "flood through lane": []}
    for _ in range(rounds):
        found["alone"].append(read(node, token, seconds=seconds))
        found["flood through web"].append(read_in_flood(node, token, node.web, seconds=seconds))
        found["flood through lane"].append(read_in_flood(node, token, node.lane, seconds=seconds))
    return found


def report(way: Way, found: dict[str, list[Seen]], held: dict[str, float]) -> None:
    middle = {name: Seen(*map(statistics.median, zip(*rounds, strict=True))) for name, rounds in found.items()}
    print(f"{way}; PSS " + ", ".join(f"{name} {mb:.0f} MB" for name, mb in held.items()))
    for name, seen in middle.items():
        kept = seen.rate / middle["alone"].rate
        goal = ("holds" if kept >= KEPT_GOAL and seen.p99 <= P99_GOAL else "FAILS") if "lane" in name else ""
        guesses = f"guesses {seen.hashed:.0f} hashed, {seen.busy:.0f} busy" if seen.hashed else ""
        print(f"  {name:20}{seen.rate:7.0f}/s{kept:6.0%}{seen.p50:8.1f}{seen.p99:8.1f}  {guesses} {goal}", flush=True)


def run(way: Way, room: dict[str, str], *, rounds: int, seconds: int) -> None:
    with tempfile.TemporaryDirectory(prefix="lane-") as folder:
        node = Node(way, room, Path(folder))
        with node.running() as children:
            found = measure(node, rounds=rounds, seconds=seconds)
            held = {name: processes.pss_mb(processes.tree(pid)) for name, pid in children.items()}
        report(way, found, held)


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser()
    for name, default in {"--rounds": "3", "--seconds": "5"}.items():
        parser.add_argument(name, default=default)
    for name in ("--threads", "--lane-threads", "--lane-workers"):
        parser.add_argument(name, default="0")
    parser.add_argument("--arenas", action="store_true")
    given = parser.parse_args(words)
    chosen = (map(int, said.split(",")) for said in (given.threads, given.lane_threads, given.lane_workers))
    room = rooms.make()
    # Of its own: a flood would spend the request limits of every other server that counts there.
    room["REDIS_URL"] = urlunsplit(urlsplit(room["REDIS_URL"])._replace(path=f"/{REDIS_NUMBER}"))
    try:
        for way in itertools.starmap(Way, itertools.product(*chosen, [True, False] if given.arenas else [True])):
            run(way, room, rounds=int(given.rounds), seconds=int(given.seconds))
    finally:
        rooms.clear(room)


if __name__ == "__main__":
    main()
