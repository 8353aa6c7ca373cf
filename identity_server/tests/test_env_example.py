"""`.env.example` holds every variable with its default, and no other."""

import os
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from identity_server.config import values
from identity_server.config.environment import PROJECT
from identity_server.config.groups import GROUPS
from identity_server.tests.conftest import PRODUCTION

LINES = (PROJECT / ".env.example").read_text()
EXAMPLES = dict(re.findall(r"^# ([A-Z][A-Z0-9_]*)=(.*)$", LINES, re.MULTILINE))
SHOWN = dict(re.findall(r"^# ([A-Z][A-Z0-9_]*)=(.*)$", LINES.partition("== Server ==")[0], re.MULTILINE))
FIELDS = {name.upper(): field for group in GROUPS for name, field in group.model_fields.items()}


def test_it_names_every_variable_and_no_other() -> None:
    assert set(EXAMPLES) == set(FIELDS)


@pytest.mark.parametrize("name", sorted(set(EXAMPLES) - set(SHOWN)))
def test_it_tells_each_default_truly(name: str) -> None:
    default, told = FIELDS[name].default, EXAMPLES[name]

    assert _as_told(default, told) == _as_told_default(default)


def _as_told(default: object, told: str) -> object:
    if isinstance(default, timedelta):
        return values.duration(told)
    if isinstance(default, tuple):
        return values.words(told) if told else ()
    return PROJECT / told if isinstance(default, Path) else told


def _as_told_default(default: object) -> object:
    if default is None:
        return ""
    if isinstance(default, bool):
        return str(default).lower()
    return default if isinstance(default, timedelta | tuple | Path) else str(default)


def test_nobody_starts_with_the_secrets_of_the_example() -> None:
    assert SHOWN["SECRET_KEY"] == SHOWN["ENCRYPTION_KEYS"] == ""


@pytest.mark.live
@pytest.mark.timeout(180)
def test_its_production_passes_djangos_deployment_checks(tmp_path: Path) -> None:
    secrets = {name: PRODUCTION[name] for name in ("SECRET_KEY", "ENCRYPTION_KEYS")}
    given = {"PATH": os.environ["PATH"], "ENV_FILE": "", "VAR_DIR": str(tmp_path), **SHOWN, **secrets}

    ended = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=PROJECT,
        env=given,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == "System check identified no issues (2 silenced).\n"
