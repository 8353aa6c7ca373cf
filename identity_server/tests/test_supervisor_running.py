"""The supervisor with real processes."""

import os
import signal
import sys
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from identity_server.tests.fakes import DEAF, DYING, FINISHING, STEADY, STUBBORN, WITH_GRANDCHILD, part, until, up

AUTOGROUP = Path("/proc/self/autogroup")
pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(sys.platform != "linux", reason="reads the process table in /proc"),
]


def test_each_part_says_that_it_is_ready_and_then_all_are() -> None:
    with up(part("worker", STEADY), part("beat", STEADY)) as running:
        running.hear("all | ready")

        assert sorted(running.heard) == ["all | ready", "beat | ready", "worker | ready"]


def test_who_shall_stand_back_does_and_no_other() -> None:
    with up(replace(part("sign-in", STEADY), nice=7), part("web", DEAF)) as running:
        running.hear("all | ready")

        found = {script: os.getpriority(os.PRIO_PROCESS, running.pid_of(script)) for script in (STEADY, DEAF)}

    assert found == {STEADY: 7, DEAF: 0}


@pytest.mark.skipif(not AUTOGROUP.exists(), reason="this kernel does not weigh sessions against each other")
def test_it_stands_back_also_as_a_session() -> None:
    with up(replace(part("sign-in", STEADY), nice=7)) as running:
        running.hear("all | ready")

        group = Path(f"/proc/{running.pid_of(STEADY)}/autogroup").read_text()

    assert group.rstrip().endswith("nice 7")


def test_what_a_child_writes_carries_its_name() -> None:
    with up(part("worker", "print('one'); print('two', end='')")) as running:
        running.hear("worker | ended with code 0; starting again in 1 s")

        assert running.heard[:2] == ["worker | one", "worker | two"]


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_lets_running_work_finish_and_stops_all(asked: signal.Signals) -> None:
    with up(part("worker", FINISHING), part("beat", STEADY)) as running:
        running.hear("all | ready")

        running.process.send_signal(asked)

        assert "worker | finished what ran" in running.rest()
        assert running.process.wait() == 0


def test_who_does_not_listen_is_killed_after_the_grace_with_its_children() -> None:
    with up(part("worker", DEAF), part("web", WITH_GRANDCHILD), grace=0.5) as running:
        running.hear("all | ready")

        running.process.terminate()

        assert running.process.wait() == 0
        assert until(lambda: not running.family())


def test_a_second_signal_does_not_wait_for_the_grace() -> None:
    with up(part("worker", STUBBORN), grace=600) as running:
        running.hear("all | ready")
        running.process.terminate()
        running.hear("worker | not yet")

        running.process.terminate()

        assert running.process.wait() == 0


def test_nobody_outlives_a_supervisor_that_was_killed() -> None:
    with up(part("worker", WITH_GRANDCHILD), part("web", DEAF)) as running:
        running.hear("all | ready")
        assert len(running.family()) == 4  # a worker, its child, a web, and the guard

        running.process.kill()

        assert until(lambda: not running.family())


def test_children_die_with_the_supervisor_even_without_the_guard() -> None:
    with up(part("worker", DEAF)) as running:
        running.hear("all | ready")
        guard = (running.family() - {running.pid_of(DEAF)}).pop()
        os.kill(guard, signal.SIGKILL)

        running.process.kill()

        assert until(lambda: not running.family())


def test_a_child_that_was_killed_starts_again_and_its_own_children_are_gone() -> None:
    with up(part("worker", WITH_GRANDCHILD)) as running:
        running.hear("worker | ready")
        first = running.family()

        os.kill(running.pid_of(WITH_GRANDCHILD), signal.SIGKILL)

        running.hear("worker | killed by signal 9; starting again in 1 s")
        running.hear("worker | ready")
        assert len(running.family() & first) == 1  # the guard


def test_a_child_that_cannot_live_is_started_ever_more_slowly() -> None:
    with up(part("worker", DYING)) as running:
        running.hear("starting again in 2 s")

        assert [line for line in running.heard if "born" not in line] == [
            "worker | ended with code 3; starting again in 1 s",
            "worker | ended with code 3; starting again in 2 s",
        ]


def test_a_stop_does_not_wait_for_a_restart() -> None:
    with up(part("worker", DYING)) as running:
        running.hear("starting again in 2 s")

        running.process.terminate()

        assert running.process.wait(timeout=1.5) == 0


def test_a_supervisor_whose_output_nobody_reads_stops() -> None:
    with up(part("worker", "while True: print('steady ready', 'x' * 1000)")) as running:
        assert running.process.stdout

        running.process.stdout.close()
        running.process.wait()

        assert running.family() == set()


class Answer(BaseHTTPRequestHandler):
    answers = iter([503, 503, 200])

    def do_GET(self) -> None:
        self.send_response(next(self.answers))
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def test_the_web_is_ready_when_it_answers_200() -> None:
    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/healthz"
        with up(part("web", STEADY, ready_url=url)) as running:
            running.hear("all | ready")
        server.shutdown()

    assert next(Answer.answers, None) is None
