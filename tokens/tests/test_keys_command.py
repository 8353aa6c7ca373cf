"""`manage.py keys status|rotate|reseal`."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import StringIO

import pytest
import time_machine
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from pytest_django import Settings

from events.models import Event
from tokens.models import SigningKey
from tokens.services import keys

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _at_noon(noon: datetime) -> Iterator[None]:
    with time_machine.travel(noon, tick=False):
        yield


def said(*words: str) -> str:
    out = StringIO()
    call_command("keys", *words, stdout=out)
    return out.getvalue()


def test_status_shows_each_key_and_what_comes_next(noon: datetime) -> None:
    key = keys.ensure(at=noon - 3 * DAY)

    heading, row = said("status").splitlines()

    assert heading.split("  ")[0] == "KID"
    assert row.split()[:5] == [key.kid, "ES256", "active", "3d", "0h"]
    assert row.endswith("its successor is published at 2030-01-28T11:54:50Z")


def test_status_warns_when_rotation_is_overdue(noon: datetime) -> None:
    keys.ensure(at=noon - 34 * DAY)

    with pytest.raises(CommandError, match=r"overdue \(ES256: .*Does beat run") as raised:
        said("status")

    assert raised.value.returncode == 1


def test_status_warns_when_there_is_no_key() -> None:
    with pytest.raises(CommandError, match="no key signs"):
        said("status")


def test_status_names_a_key_that_nothing_opens(noon: datetime, settings: Settings) -> None:
    key = keys.ensure(at=noon)
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

    with pytest.raises(CommandError, match=f"None of ENCRYPTION_KEYS opens {key.kid}"):
        said("status")


def test_status_speaks_to_programs(noon: datetime) -> None:
    key = keys.ensure(at=noon - DAY)

    told = json.loads(said("status", "--json"))

    assert told["overdue"] == {}
    (row,) = told["keys"]
    assert (row["kid"], row["age_seconds"], row["signs_since"]) == (key.kid, 86400, "2029-12-31T12:00:00Z")


def test_status_tells_programs_why_it_is_overdue(noon: datetime, capsys: pytest.CaptureFixture[str]) -> None:
    keys.ensure(at=noon - 34 * DAY)

    with pytest.raises(CommandError):
        call_command("keys", "status", "--json")

    assert list(json.loads(capsys.readouterr().out)["overdue"]) == ["ES256"]


def test_rotating_says_when_the_next_key_signs(noon: datetime) -> None:
    keys.ensure(at=noon)

    (line,) = said("rotate").splitlines()

    pending = SigningKey.objects.get(state="pending")
    assert line == f"ES256 {pending.kid} is pending; begins to sign at 2030-01-01T12:05:10Z."
    assert Event.objects.get(subject_id=pending.pk).actor_label == "keys"


def test_one_algorithm_is_rotated(noon: datetime, settings: Settings) -> None:
    settings.SIGNING_ALGORITHMS = ["ES256", "EdDSA"]
    keys.tend(at=noon)

    said("rotate", "--algorithm", "EdDSA")

    assert SigningKey.objects.get(state="pending").algorithm == "EdDSA"


def test_an_algorithm_that_is_not_listed_is_refused() -> None:
    with pytest.raises(CommandError, match="invalid choice"):
        said("rotate", "--algorithm", "HS256")


def test_an_emergency_wants_a_yes(noon: datetime) -> None:
    old = keys.ensure(at=noon)

    with pytest.raises(CommandError, match="--yes"):
        said("rotate", "--emergency")

    assert SigningKey.objects.get() == old


def test_an_emergency_replaces_every_key_and_says_so(noon: datetime) -> None:
    old = keys.ensure(at=noon)

    told = said("rotate", "--emergency", "--yes")

    new = SigningKey.objects.get()
    assert new != old
    assert new.kid in told
    assert "every token that it signed is dead" in told


@pytest.mark.parametrize("words", [["reseal"], ["rotate", "--reencrypt"]])
def test_keys_come_under_a_newer_encryption_key(words: list[str], noon: datetime, settings: Settings) -> None:
    keys.ensure(at=noon)
    newer = Fernet.generate_key().decode()
    settings.ENCRYPTION_KEYS = [newer, *settings.ENCRYPTION_KEYS]

    assert "1 keys were put under" in said(*words)

    settings.ENCRYPTION_KEYS = [newer]
    said("status")  # and complains of nothing


def test_resealing_names_what_it_cannot_open(noon: datetime, settings: Settings) -> None:
    key = keys.ensure(at=noon)
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

    with pytest.raises(CommandError, match=key.kid):
        said("reseal")
