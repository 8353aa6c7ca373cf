"""`make bench-decisions`: our decisions beside pycasbin's, django-guardian's and a stock view's, one after the other in one run.

docs/benchmarks.md says how it is measured and what it does not show.
"""

import json
import shutil
import signal
import sys
import time
from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks import crowds, decision_report, inside, machine, outside, servers
from benchmarks.company import Sizes
from benchmarks.decision_goals import DECISION_GOALS
from benchmarks.goals import verdicts

WHOLE, QUICK = Sizes(), Sizes(people=1_000, questions=1_000, slow_questions=100)
ROUNDS, SECONDS = 3, 4.0
QUICK_ROUNDS, QUICK_SECONDS, QUICK_MANY = 1, 2.0, 20_000
Findings = tuple[dict[str, float], dict[str, Any]]


def asked() -> Namespace:
    parser = ArgumentParser(prog="make bench-decisions", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round of everything, with less data: no record")
    parser.add_argument("--inside", action="store_true", help="decisions in a process")
    parser.add_argument("--http", action="store_true", help="decisions over HTTP")
    parser.add_argument("--scale", action="store_true", help="a million assignments against a thousand")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write what was found, for programs")
    parser.add_argument("--port", type=int, default=19300, help="the first of sixty ports")
    said = parser.parse_args()
    if not (said.inside or said.http or said.scale):
        said.inside = said.http = said.scale = True
    said.sizes = QUICK if said.quick else WHOLE
    said.rounds, said.seconds = (QUICK_ROUNDS, QUICK_SECONDS) if said.quick else (ROUNDS, SECONDS)
    return said


def in_a_process(said: Namespace) -> Findings:
    with inside.empty(servers.ours(), said.port + 30) as server:
        inside.run(server, "settling", said.sizes)
        found = inside.take(server, said.sizes, turns=said.rounds, port=said.port + 31)
    print("\n".join(decision_report.inside(found)))
    return inside.figures(found), {"inside": found}


def over_http(said: Namespace) -> Findings:
    found = outside.take(said.sizes, turns=said.rounds, seconds=said.seconds, port=said.port)
    print("\n".join(decision_report.outside(found)))
    return outside.figures(found), {"http": outside.document(found)}


def with_crowds(said: Namespace) -> Findings:
    found = crowds.take(said.sizes, many=QUICK_MANY if said.quick else crowds.MANY, port=said.port + 40)
    print("\n".join(decision_report.crowds(found)))
    return {name: found[name] for name in crowds.COMPARED}, {"scale": found}


PARTS = {"inside": in_a_process, "http": over_http, "scale": with_crowds}


def main() -> None:
    said, began = asked(), time.monotonic()
    # So that servers are stopped and databases dropped also when somebody ends the run.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))
    if said.http and not shutil.which("wrk"):
        sys.exit("wrk is missing. On Debian: apt-get install wrk")
    busy = machine.load()
    print(machine.words(busy))
    figures, document = dict[str, float](), dict[str, Any]()
    for name, part in PARTS.items():
        if vars(said)[name]:
            taken, told = part(said)
            figures, document = figures | taken, document | told
    print("\n".join(["Goals", *verdicts(figures, DECISION_GOALS)]))
    if said.json:
        head = {"load_before": busy, "sizes": asdict(said.sizes), "goals": figures}
        said.json.write_text(json.dumps(head | document, indent=1))
    print(f"took {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
