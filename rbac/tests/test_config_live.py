"""`manage.py config` as a process of its own: what scripts see of it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

pytestmark = [pytest.mark.live, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A server that is set up and does not run."""
    folder = tmp_path_factory.mktemp("config")
    for command in ("migrate", "bootstrap"):
        assert manage(folder, command).returncode == 0
    return folder


def manage(folder: Path, *words: str, said: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, settings.BASE_DIR / "manage.py", *words],
        env={**kept, "ENV_FILE": "", "VAR_DIR": str(folder / "var"), **variables},
        input=said,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_codes_tell_scripts_what_is_the_matter(place: Path) -> None:
    policy = "version: 1\nroles:\n  - {name: clerk, permissions: ['user:view']}\n"
    calls = [("plan", "-"), ("apply", "-"), ("apply", "--yes", "-"), ("plan", "-")]

    assert [manage(place, "config", *words, said=policy).returncode for words in calls] == [2, 2, 0, 0]
    wrong = manage(place, "config", "plan", "-", said=policy + "foo: 1\n")
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert wrong.stderr.splitlines()[1].startswith("line 4: there is no field “foo” here")


def test_what_one_server_exports_another_takes(place: Path, tmp_path: Path) -> None:
    for command in ("migrate", "bootstrap"):
        assert manage(tmp_path, command).returncode == 0
    manage(
        place, "config", "apply", "--yes", "-", said="version: 1\ngroups:\n  - {name: g, roles: [{role: auditor}]}\n"
    )

    exported = manage(place, "config", "export").stdout

    assert "name: g\n" in exported
    assert manage(tmp_path, "config", "apply", "--yes", "--prune", "-", said=exported).returncode == 0
    assert manage(tmp_path, "config", "export").stdout == exported


def test_a_server_without_tables_is_told_in_one_line(tmp_path: Path) -> None:
    answer = manage(tmp_path, "config", "export")

    assert answer.returncode == 1
    assert "Traceback" not in answer.stderr
