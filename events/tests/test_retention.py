"""What is forgotten when it has served."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from events.models import Delivery, Event, OutboxEntry, RememberedAnswer
from events.services import retention
from events.services.draining import drain
from events.tests.factories import lit, owed
from events.tests.fakes import Subscriber

pytestmark = pytest.mark.django_db
WEEK = timedelta(days=7)
DAY = timedelta(days=1)


def test_what_was_delivered_is_forgotten_after_its_time_but_the_event_stays(
    watcher: Subscriber, noon: datetime
) -> None:
    lit(at=noon)
    drain(at=noon)

    assert retention.purge(at=noon + WEEK) == {"outbox": 1, "deliveries": 1, "answers": 0}

    assert not OutboxEntry.objects.exists()
    assert not Delivery.objects.exists()
    assert Event.objects.exists()


def test_what_was_just_delivered_is_kept(watcher: Subscriber, noon: datetime) -> None:
    lit(at=noon)
    drain(at=noon)

    assert set(retention.purge(at=noon + WEEK - timedelta(seconds=1)).values()) == {0}


def test_what_still_waits_or_was_given_up_is_kept_however_old(watcher: Subscriber, noon: datetime) -> None:
    lit(at=noon)
    owed(at=noon)
    owed(at=noon, state="dead", finished_at=noon)

    assert set(retention.purge(at=noon + 52 * WEEK).values()) == {0}


def test_answers_are_remembered_for_a_day(noon: datetime) -> None:
    for hours in (23, 24):
        RememberedAnswer.objects.create(caller="a", key_digest=str(hours), created_at=noon - timedelta(hours=hours))

    assert retention.purge(at=noon)["answers"] == 1

    assert RememberedAnswer.objects.get().key_digest == "23"


def test_a_purge_goes_on_over_many_batches(
    noon: datetime, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Callable[..., object]
) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    for number in range(5):
        RememberedAnswer.objects.create(caller="a", key_digest=str(number), created_at=noon - DAY)

    assert retention.purge(at=noon)["answers"] == 5
