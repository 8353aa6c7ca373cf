"""`manage.py up` as it is called: what it says, and the code it ends with, where nothing is started."""

import os
import subprocess
import sys

import pytest

from identity_server import starting
from identity_server.config.environment import PROJECT
from identity_server.supervisor.server import NAMES

REFUSAL = "CommandError: There is no wep; the parts are web, sign-in, worker, beat."


def code_of(*words: str) -> object:
    """What it ends with: a number, or the words for which Python ends with 1."""
    with pytest.raises(SystemExit) as ended:
        starting.main(words)
    return ended.value.code


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize("words", [("wep",), ("web", "wep"), ("--no-setup", "wep"), ("wep", "--no-setup")])
def test_a_part_that_does_not_exist_ends_it_with_words(words: tuple[str, ...]) -> None:
    assert code_of(*words) == REFUSAL


@pytest.mark.usefixtures("bare")
def test_all_parts_that_do_not_exist_are_named() -> None:
    assert str(code_of("worker", "wep", "Beat")).startswith("CommandError: There is no Beat, wep; ")


@pytest.mark.usefixtures("bare")
def test_a_part_that_is_not_here_ends_it_with_words() -> None:
    assert str(code_of("sign-in")).startswith("CommandError: There is no sign-in here")


@pytest.mark.parametrize("words", [("--help",), ("-h",), ("wep", "--help")])
def test_help_names_every_part_and_option_and_starts_nothing(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    assert code_of(*words) == 0

    told = " ".join(capsys.readouterr().out.split())
    assert told.startswith("usage: manage.py up ")
    assert starting.HELP in told
    assert f"only these of {', '.join(NAMES)}" in told
    assert "--no-setup" in told


@pytest.mark.parametrize("option", ["--wep", "--noreload", "--settings=other"])
def test_an_option_that_does_not_exist_ends_it_with_2(capsys: pytest.CaptureFixture[str], option: str) -> None:
    assert code_of("web", option) == 2

    told = capsys.readouterr()
    assert f"unrecognized arguments: {option}" in told.err
    assert told.out == ""


@pytest.mark.live
@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize(("words", "code", "told"), [("wep", 1, f"{REFUSAL}\n"), ("--help", 0, "")])
def test_the_command_itself_ends_with_that_code(words: str, code: int, told: str) -> None:
    command = [sys.executable, str(PROJECT / "manage.py"), "up", words]

    ended = subprocess.run(command, check=False, capture_output=True, text=True, env=os.environ)

    assert (ended.returncode, ended.stderr) == (code, told)
