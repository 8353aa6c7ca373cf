"""What the web processes load before they are forked, and what each of them has of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from identity_server.config.environment import PROJECT
from identity_server.tests.conftest import PRODUCTION
from identity_server.tests.forking import FORKS

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads the process table in /proc")
NOBODY = "postgresql://identity:secret@127.0.0.1:1/identity"


def run(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    clean = {"PATH": os.environ["PATH"], "ENV_FILE": "", "DJANGO_SETTINGS_MODULE": "identity_server.settings"}
    return subprocess.run(
        [sys.executable, *words], cwd=PROJECT, env=clean | variables, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a process held that had loaded the application, and what its forked children made."""
    folder = tmp_path_factory.mktemp("web")
    services = PRODUCTION | {"REDIS_URL": "redis://127.0.0.1:1/0", "BROKER_URL": "amqp://127.0.0.1:1//"}
    ended = run(
        "-m", "identity_server.tests.forking", **services, VAR_DIR=str(folder), PROMETHEUS_MULTIPROC_DIR=str(folder)
    )
    told: dict[str, Any] = json.loads(ended.stdout)
    return told


def test_nothing_is_opened_before_the_fork_that_two_must_not_share(loaded: dict[str, Any]) -> None:
    assert loaded["connected"] == []
    assert [each for each in loaded["open"] if each.startswith(("socket:", "anon_inode:"))] == []


def test_no_thread_is_started_before_the_fork_which_would_not_take_it_along(loaded: dict[str, Any]) -> None:
    assert loaded["threads"] == 1


def test_the_routes_and_their_views_are_loaded_once_for_all(loaded: dict[str, Any]) -> None:
    assert loaded["routes"]


def test_collecting_garbage_leaves_alone_what_was_loaded_and_goes_on_in_each_worker(loaded: dict[str, Any]) -> None:
    assert loaded["set_aside"] > 100_000
    assert [worker["collects"] for worker in loaded["workers"]] == [True] * FORKS


@pytest.mark.parametrize("kind", range(3), ids=["ids", "secrets", "numbers"])
def test_no_two_workers_make_the_same(loaded: dict[str, Any], kind: int) -> None:
    assert len({worker["made"][kind] for worker in loaded["workers"]}) == FORKS


@pytest.mark.wide
@pytest.mark.parametrize("heavy", ["identity_server.settings", "rest_framework", "celery", "psycopg"])
def test_the_supervisor_loads_nothing_that_its_parts_load_again(tmp_path: Path, heavy: str) -> None:
    said = run("-X", "importtime", "manage.py", "up", "wep", VAR_DIR=str(tmp_path)).stderr
    imported = {line.rpartition("|")[2].strip() for line in said.splitlines() if line.startswith("import time:")}

    assert "CommandError: There is no wep; the parts are web, sign-in, worker, beat.\n" in said
    assert "identity_server.supervisor.running" in imported
    assert heavy not in imported


@pytest.mark.wide
def test_a_database_that_is_away_ends_the_start_with_a_line_that_says_so(tmp_path: Path) -> None:
    away = PRODUCTION | {
        "DATABASE_URL": NOBODY,
        "BIND": "127.0.0.1:18199",
        "SIGN_IN_BIND": "off",
        "VAR_DIR": str(tmp_path),
    }
    ended = run("manage.py", "up", **away, DATABASE_POOL_TIMEOUT="1s")

    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.splitlines()[-1].startswith("CommandError: The database does not answer: ")
    assert "Traceback" not in ended.stderr
