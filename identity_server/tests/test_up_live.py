"""`manage.py up` as an operator sees it, with the real web, worker and beat."""

import os
import signal
import sys
import time
from collections.abc import Iterator

import pytest

from identity_server.supervisor.server import LANE_NICE
from tests.live import Site, command_line, descendants, eventually

pytestmark = [
    pytest.mark.live,
    pytest.mark.timeout(180),
    pytest.mark.skipif(sys.platform != "linux", reason="reads the process table in /proc"),
]


@pytest.fixture
def site() -> Iterator[Site]:
    """A server that a test may end."""
    running = Site()
    try:
        yield running.wait_until_ready()
    finally:
        running.stop()


def alive(pids: list[int]) -> list[int]:
    """Of these, who still runs: one that has ended has no command line, whether or not its parent has taken note."""
    return [pid for pid in pids if command_line(pid)]


def test_a_server_says_what_an_operator_needs_and_stops_in_time(site: Site) -> None:
    said = site.log.read_text()
    family = descendants(site.process.pid)
    assert [name for name in ("web     | ready", "worker  | ready", "beat    | ready") if said.count(name) != 1] == []
    assert f"Sign in at {site.url}/admin/" in said
    assert (site.var_dir / "var" / "initial-admin-password").read_text().strip() in said

    asked = time.monotonic()
    site.process.send_signal(signal.SIGTERM)
    assert site.process.wait(timeout=30) == 0

    eventually(lambda: not alive(family))
    assert time.monotonic() - asked < 15


@pytest.mark.services
@pytest.mark.skipif("DATABASE_URL" not in os.environ, reason="the embedded server signs in where it does all else")
def test_who_signs_in_is_served_beside_the_others_stands_back_and_is_counted_with_them(site: Site) -> None:
    web, lane = site.url, f"http://127.0.0.1:{site.port + 1}"
    assert f"sign-in | ready on {lane}" in site.log.read_text()

    site.url = lane
    assert site.call("GET", "/api/v1/me/", token=site.admin_token()).status == 200
    assert [site.call("GET", "/api/v1/nowhere").status for _ in range(7)] == [404] * 7
    site.url = web

    assert 'django_http_responses_total_by_status_total{status="404"} 7.0' in site.call("GET", "/metrics").body
    started = site.processes(f"--port {site.port + 1} ")
    assert {os.getpriority(os.PRIO_PROCESS, pid) for pid in started} == {LANE_NICE}


def test_nobody_outlives_a_killed_server(site: Site) -> None:
    family = descendants(site.process.pid)
    assert len(family) >= 7  # the guard, granian and its worker, celery and its pool, beat

    os.kill(site.process.pid, signal.SIGKILL)

    eventually(lambda: not alive(family))
