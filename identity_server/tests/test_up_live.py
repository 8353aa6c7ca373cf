"""`manage.py up` as an operator sees it, with the real web, worker and beat."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

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


def answered(site: Site) -> int:
    try:
        return site.call("GET", "/healthz").status
    except OSError:  # a connection that the killed one had taken
        return 0


def memory(pid: int) -> dict[str, int]:
    """In kilobytes: `Anonymous` is all that is no file's, `Pss_Anon` the same with each page divided among those who share it."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    return {name: int(size.split()[0]) for name, _, size in (line.partition(":") for line in lines)}


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

    assert 'identity_http_requests_total{method="GET",route="",status="404"} 7.0' in site.call("GET", "/metrics").body
    started = site.processes(f"--port {site.port + 1} ")
    assert {os.getpriority(os.PRIO_PROCESS, pid) for pid in started} == {LANE_NICE}


def test_a_web_process_that_is_killed_is_forked_again(site: Site) -> None:
    first, *workers = site.processes("identity_server.web")
    os.kill(workers[-1], signal.SIGKILL)

    eventually(lambda: set(site.processes("identity_server.web")) - {first, *workers})

    assert eventually(lambda: answered(site)) == 200
    assert site.processes("identity_server.web")[0] == first


def test_the_web_processes_share_what_they_have_loaded(site: Site) -> None:
    kept = [memory(pid) for pid in site.processes("identity_server.web")]

    assert sum(each["Pss_Anon"] for each in kept) < 0.75 * sum(each["Anonymous"] for each in kept)


def test_nobody_outlives_a_killed_server(site: Site) -> None:
    family = descendants(site.process.pid)
    assert len(family) >= 7  # the guard, granian and its worker, celery and its pool, beat

    os.kill(site.process.pid, signal.SIGKILL)

    eventually(lambda: not alive(family))
