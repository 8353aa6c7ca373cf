from datetime import datetime, timedelta

import pytest
from pytest_django import Settings

from accounts.models import User
from common.actors import SYSTEM
from tokens.models import ApiKey, Session
from tokens.services import api_keys, retention, sessions

DAY = timedelta(days=1)


@pytest.fixture
def week(settings: Settings) -> timedelta:
    settings.SESSION_RETENTION = 7 * DAY
    return 7 * DAY


@pytest.mark.parametrize(
    ("traits", "goes"),
    [
        ({}, False),
        ({"revoked_at": -7 * DAY}, False),
        ({"revoked_at": -8 * DAY}, True),
        ({"idle_expires_at": -7 * DAY}, False),
        ({"idle_expires_at": -8 * DAY}, True),
    ],
)
def test_what_is_over_for_a_week_goes(
    session: Session, noon: datetime, week: timedelta, traits: dict[str, timedelta], goes: bool
) -> None:
    Session.objects.update(**{field: noon + offset for field, offset in traits.items()})

    assert retention.purge(at=noon) == int(goes)
    assert Session.objects.exists() is not goes


def test_many_go_in_small_batches_and_twice_is_once(alice: User, noon: datetime, week: timedelta) -> None:
    for _ in range(7):
        sessions.start(alice, amr=["pwd"], actor=SYSTEM, at=noon)
    Session.objects.update(revoked_at=noon)

    assert retention.purge(at=noon + 2 * week, batch=3) == 7
    assert retention.purge(at=noon + 2 * week, batch=3) == 0


def test_a_backlog_goes_in_several_runs(
    alice: User, noon: datetime, week: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "MOST_BATCHES", 2)
    for _ in range(3):
        sessions.start(alice, amr=["pwd"], actor=SYSTEM, at=noon)
    Session.objects.update(revoked_at=noon, idle_expires_at=noon + 14 * DAY)

    assert [retention.purge(at=noon + 14 * DAY, batch=1) for _ in range(3)] == [2, 1, 0]


@pytest.mark.parametrize(
    ("traits", "goes"),
    [
        ({}, False),
        ({"revoked_at": -7 * DAY}, False),
        ({"revoked_at": -8 * DAY}, True),
        ({"expires_at": -7 * DAY}, False),
        ({"expires_at": -8 * DAY}, True),
    ],
)
def test_a_key_that_is_dead_for_a_week_goes(
    alice: User, noon: datetime, week: timedelta, traits: dict[str, timedelta], goes: bool
) -> None:
    api_keys.create(alice, name="script", actor=SYSTEM, at=noon)
    ApiKey.objects.update(**{field: noon + offset for field, offset in traits.items()})

    assert retention.purge_secrets(at=noon) == int(goes)
    assert ApiKey.objects.exists() is not goes
