"""The file with the first administrator's random password, and its end."""

from datetime import datetime
from pathlib import Path

import pytest
from pytest_django import Settings

from accounts.models import User
from accounts.services import passwords
from common.actors import SYSTEM, Actor, ActorKind
from identity_server import bootstrap, initial_password

NEW = "a lighthouse made of driftwood"
pytestmark = pytest.mark.django_db


@pytest.fixture
def password(settings: Settings, tmp_path: Path, noon: datetime) -> str:
    """That of the first administrator of a fresh server."""
    settings.VAR_DIR = tmp_path
    settings.ADMIN_EMAIL, settings.ADMIN_PASSWORD = "root@example.org", ""
    welcome = bootstrap.run(keep_password=True, at=noon)
    assert welcome
    return welcome.password


@pytest.mark.django_db(transaction=True)
def test_changing_the_password_removes_the_file(password: str, noon: datetime) -> None:
    user = User.objects.get()
    passwords.change(user, current=password, new=NEW, actor=Actor(kind=ActorKind.USER, id=user.pk), at=noon)

    assert not initial_password.is_kept()


def test_somebody_elses_change_leaves_it(password: str, alice: User, noon: datetime) -> None:
    passwords.change(alice, current="correct horse battery staple", new=NEW, actor=SYSTEM, at=noon)

    assert initial_password.path().read_text().strip() == password


@pytest.mark.usefixtures("password")
def test_a_change_that_another_node_saw_removes_it_at_the_next_start(noon: datetime) -> None:
    User.objects.update(password="!")

    bootstrap.run(keep_password=True, at=noon)

    assert not initial_password.is_kept()


@pytest.mark.usefixtures("password")
def test_the_next_start_keeps_what_is_still_true(noon: datetime) -> None:
    bootstrap.run(keep_password=True, at=noon)

    assert initial_password.is_kept()


def test_a_left_over_of_others_is_replaced_and_closed(settings: Settings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    initial_password.path().write_text("theirs")

    initial_password.keep("ours")

    assert initial_password.path().read_text() == "ours\n"
    assert initial_password.path().stat().st_mode & 0o777 == 0o600
