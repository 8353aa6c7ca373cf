"""`make bench`: our server beside a stock Django REST framework + SimpleJWT project, one after the other in one run.

docs/benchmarks.md says how it is measured and what it does not show.
"""

import json
import shutil
import signal
import sys
import time
from argparse import ArgumentParser, Namespace
from pathlib import Path

from benchmarks import machine, report, rounds, scale

SECONDS, ROUNDS = 4.0, 3
QUICK_SECONDS, QUICK_ROUNDS = 2.0, 1


def asked() -> Namespace:
    parser = ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round against the peers, in two minutes")
    parser.add_argument("--peers", action="store_true", help="the rounds against the peers")
    parser.add_argument("--scale", action="store_true", help="a million users and sessions against a thousand")
    parser.add_argument("--purge", action="store_true", help="forgetting a million sessions")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write what was found, for programs")
    parser.add_argument("--port", type=int, default=19300, help="the first of sixty ports")
    said = parser.parse_args()
    if not (said.quick or said.peers or said.scale or said.purge):
        said.peers = said.scale = said.purge = True
    return said


def main() -> None:
    said, began = asked(), time.monotonic()
    # So that servers are stopped and databases dropped also when somebody ends the run.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))
    if not shutil.which("wrk"):
        sys.exit("wrk is missing. On Debian: apt-get install wrk")
    busy = machine.load()
    print(machine.words(busy))
    findings, figures = rounds.Findings(), dict[str, float]()
    if said.quick or said.peers:
        shape = (QUICK_ROUNDS, QUICK_SECONDS) if said.quick else (ROUNDS, SECONDS)
        rounds.take(findings, rounds=shape[0], seconds=shape[1], port=said.port)
        figures |= report.figures(findings)
        print("\n".join(report.table(findings)))
    if said.scale or said.purge:
        figures |= scale.take(purging=said.purge, comparing=said.scale, seconds=SECONDS, port=said.port + 40)
    print(report.goals(figures))
    if said.json:
        said.json.write_text(json.dumps({"load_before": busy, **report.document(findings, figures)}, indent=1))
    print(f"took {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
