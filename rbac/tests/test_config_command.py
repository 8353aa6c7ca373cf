"""`manage.py config export|plan|apply`."""

import io
import re
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from io import StringIO
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.core.management import CommandError, call_command

from accounts.models import User
from events.models import Event
from rbac.models import Role
from rbac.services import builtin
from rbac.tests.factories import give_role, role_of

pytestmark = pytest.mark.django_db

CLERK = """\
version: 1
roles:
  - name: clerk
    permissions: ["user:view"]
tests:
  - user root@example.org may user:view
"""


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _at_noon(root: User, noon: datetime) -> Iterator[None]:
    with time_machine.travel(noon, tick=False):
        builtin.install(at=noon)
        yield


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "policy.yaml"
    path.write_text(CLERK)
    return path


def said(*words: object, out: StringIO | None = None) -> tuple[str, int]:
    """What it wrote and with which code it ended."""
    out = out or StringIO()
    try:
        call_command("config", *map(str, words), stdout=out)
    except SystemExit as end:
        return out.getvalue(), int(end.code or 0)
    return out.getvalue(), 0


def refused(*words: object) -> str:
    with pytest.raises(CommandError) as raised:
        said(*words)
    assert raised.value.returncode == 1
    return str(raised.value)


def test_a_plan_of_changes_ends_with_2(file: Path) -> None:
    text, code = said("plan", file)

    assert text.splitlines() == [
        "+ role clerk",
        "    permissions: + user:view",
        "1 to add, 0 to change, 0 to remove",
        "All 1 tests hold.",
    ]
    assert code == 2
    assert not Role.objects.filter(name="clerk").exists()


def test_apply_without_yes_is_a_plan(file: Path) -> None:
    text, code = said("apply", file)

    assert text.startswith("Nothing is changed without --yes.\n+ role clerk")
    assert code == 2
    assert not Role.objects.filter(name="clerk").exists()


def test_apply_with_yes_does_it_and_then_there_is_nothing_to_do(file: Path) -> None:
    text, code = said("apply", "--yes", file)

    assert (text.splitlines()[-1], code) == ("Done.", 0)
    assert Event.objects.get(kind="rbac.role.created", data__name="clerk").actor_label == "config apply"
    assert said("plan", file) == ("0 to add, 0 to change, 0 to remove\nAll 1 tests hold.\n", 0)


def test_what_is_left_alone_is_no_change(file: Path) -> None:
    said("apply", "--yes", file)
    role_of("other")

    text, code = said("plan", file)

    assert text.startswith("  role other is not in the file and left alone; --prune removes it\n")
    assert code == 0
    assert said("plan", "--prune", file)[1] == 2


def test_who_gains_is_told(file: Path, alice: User) -> None:
    give_role(alice, role_of("clerk"))

    text, _ = said("plan", file)

    assert "+ 1 gains user:view at / by clerk: alice@example.org\n" in text


def test_a_test_that_does_not_hold_ends_with_1_and_names_itself(file: Path) -> None:
    file.write_text(CLERK.replace("may user:view", "may not user:view"))

    told = refused("apply", "--yes", file)

    assert "line 6: user root@example.org may not user:view at /: a superuser may do everything" in told
    assert not Role.objects.filter(name="clerk").exists()


def test_what_a_service_refuses_ends_with_1(file: Path, alice: User) -> None:
    give_role(alice, role_of("other"))

    assert "role other: Somebody holds other" in refused("apply", "--yes", "--prune", file)
    assert not Role.objects.filter(name="clerk").exists()


def test_all_faults_are_told_with_their_lines(file: Path) -> None:
    file.write_text("version: 1\nroles:\n  - name: A B\n    foo: 1\n")

    told = refused("plan", file).splitlines()

    assert told[0] == f"{file} cannot be taken:"
    assert [line.split(":")[0] for line in told[1:]] == ["line 3", "line 4"]


def test_the_colours_are_for_terminals_alone(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")

    assert "\x1b[" in said("plan", file, out=Terminal())[0]
    assert "\x1b[" not in said("plan", file)[0]


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_who_wants_no_colours_gets_none(file: Path, name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv(name, value)

    assert "\x1b[" not in said("plan", file, out=Terminal())[0]


def test_django_can_be_told_not_to_colour(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")

    assert "\x1b[" not in said("--no-color", "plan", file, out=Terminal())[0]


def test_django_can_be_told_to_colour(file: Path) -> None:
    assert "\x1b[" in said("--force-color", "plan", file)[0]


def test_an_export_goes_to_standard_output_or_into_a_file(file: Path, tmp_path: Path) -> None:
    said("apply", "--yes", file)
    target = tmp_path / "out.yaml"

    text, _ = said("export")

    assert said("export", target) == ("", 0)
    assert target.read_text() == text
    assert "- name: clerk\n  permissions:\n  - user:view\n" in text


def test_a_file_comes_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xef\xbb\xbf" + CLERK.encode())))

    assert said("plan", "-")[1] == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"version: \xff\xfe", "is not UTF-8"),
        (b"#" * (8 * 2**20 + 1), "has more than 8 MB"),
        (b"", "line 1: the file is empty"),
        (b"\x00", "this is not YAML"),
    ],
)
def test_what_cannot_be_read_is_said_so(file: Path, content: bytes, words: str) -> None:
    file.write_bytes(content)

    assert words in refused("plan", file)


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    assert "cannot be read: No such file or directory" in refused("plan", tmp_path / "none.yaml")
    assert "cannot be read: Is a directory" in refused("plan", tmp_path)
    assert "cannot be written: No such file or directory" in refused("export", tmp_path / "none" / "out.yaml")


def test_the_example_of_the_guide_does_what_the_guide_says(file: Path, person: Callable[..., User]) -> None:
    person("clerk")
    guide = (settings.BASE_DIR / "docs" / "policy.md").read_text()
    _, example, plan, end, *_ = re.findall(r"^```(?:yaml|console)?\n(.*?)^```$", guide, re.MULTILINE | re.DOTALL)
    file.write_text(example)

    text, _ = said("plan", file)

    assert text.startswith(plan)
    assert text.endswith(end)
    assert said("apply", "--yes", file)[1] == 0
