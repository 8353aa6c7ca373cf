"""Tasks are envelopes: exact names, keywords only, safe to run twice."""

from datetime import datetime
from typing import Any

import pytest
from django.utils import timezone

from events import tasks
from events.models import OutboxEntry
from events.tests.factories import lit, owed
from events.tests.fakes import MemoryBroker, Subscriber

pytestmark = pytest.mark.django_db
NAMES = {"events.relay", "events.deliver", "events.sweep_deliveries", "events.purge"}


def test_the_names_that_messages_carry_never_change() -> None:
    assert {each.name for each in (tasks.relay_outbox, tasks.deliver, tasks.sweep_deliveries, tasks.purge)} == NAMES


def test_a_delivery_task_run_twice_delivers_once(watcher: Subscriber) -> None:
    found = owed(at=timezone.now())

    answers = [tasks.deliver(delivery_id=str(found.pk), sent_by="a newer version") for _ in range(2)]

    assert answers == ["done", "not_due"]
    assert len(watcher.heard) == 1


def test_a_relay_task_run_twice_relays_once(watcher: Subscriber, noon: datetime) -> None:
    lit(at=noon)

    assert [tasks.relay_outbox(later="x") for _ in range(2)] == [1, 0]
    assert not OutboxEntry.objects.waiting().exists()


def test_a_sweep_task_run_twice_sends_once(broker: MemoryBroker) -> None:
    owed(at=timezone.now())

    assert [tasks.sweep_deliveries(later="x") for _ in range(2)] == [1, 0]


def test_a_purge_task_tells_what_it_forgot(noon: datetime) -> None:
    assert tasks.purge(later="x") == {"outbox": 0, "deliveries": 0, "answers": 0}


def test_a_try_ends_before_its_lease(settings: Any) -> None:
    assert tasks.SOFT_LIMIT < tasks.HARD_LIMIT < settings.DELIVERY_LEASE.total_seconds()
    assert (tasks.deliver.soft_time_limit, tasks.deliver.time_limit) == (tasks.SOFT_LIMIT, tasks.HARD_LIMIT)
