"""`setup`: what `up` lets another process do first, and what it hears of it."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from accounts.models import User
from identity_server import turns

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> Path:
    settings.VAR_DIR = tmp_path
    settings.ADMIN_EMAIL, settings.ADMIN_PASSWORD = "root@example.org", ""
    return tmp_path


def said() -> str:
    call_command("setup", stdout=(told := StringIO()))
    return told.getvalue().strip()


def test_the_first_start_tells_how_the_administrator_gets_in_and_no_more(folder: Path) -> None:
    told = said()

    assert told.startswith("First administrator: root@example.org, password ")
    assert (folder / "initial-admin-password").read_text().strip() in told
    assert "\n" not in told


def test_the_next_start_names_the_file_alone(folder: Path) -> None:
    said()

    assert said() == f"First administrator: password in {folder / 'initial-admin-password'}"


def test_a_server_that_has_its_administrator_has_nothing_to_tell(root: User) -> None:
    del root

    assert said() == ""


def test_a_refusal_names_the_variable_and_leaves_the_turn_to_the_next(settings: Settings) -> None:
    settings.ADMIN_PASSWORD = "password1234"
    with pytest.raises(CommandError, match="ADMIN_PASSWORD does not make a first administrator"):
        call_command("setup")

    with turns.my_turn():
        assert not User.objects.exists()
