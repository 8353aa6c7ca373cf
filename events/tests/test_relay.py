"""Each waiting fact becomes one delivery for each who is owed it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from events import bus
from events.models import Delivery, OutboxEntry
from events.services import relay
from events.tests.factories import lit
from events.tests.fakes import MemoryBroker, Subscriber

pytestmark = pytest.mark.django_db


def test_the_relay_writes_one_delivery_for_each_consumer(
    watcher: Subscriber, mailer: Subscriber, noon: datetime
) -> None:
    event = lit(at=noon)

    assert relay.run(at=noon) == 1

    owed = Delivery.objects.filter(event=event).values_list("consumer", "queue", "state", "next_attempt_at")
    assert set(owed) == {("tests.watcher", "events", "pending", noon), ("tests.mailer", "mail", "pending", noon)}


def test_a_relayed_fact_is_not_relayed_again(watcher: Subscriber, noon: datetime) -> None:
    lit(at=noon)
    relay.run(at=noon)

    assert relay.run(at=noon + timedelta(minutes=1)) == 0

    assert Delivery.objects.count() == 1
    assert OutboxEntry.objects.get().relayed_at == noon


def test_the_relay_goes_on_until_nothing_waits(watcher: Subscriber, noon: datetime, settings: Any) -> None:
    settings.RELAY_BATCH = 2
    for _ in range(5):
        lit(at=noon)

    assert relay.run(at=noon) == 5
    assert not OutboxEntry.objects.waiting().exists()


def test_an_older_relay_owes_also_those_whom_only_the_publisher_knew(watcher: Subscriber, noon: datetime) -> None:
    lit(at=noon)
    bus._consumers.clear()

    relay.run(at=noon)

    assert Delivery.objects.get().consumer == "tests.watcher"


def test_a_newer_relay_owes_also_those_whom_the_publisher_did_not_know(
    watcher: Subscriber, subscribe: Callable[..., Subscriber], noon: datetime
) -> None:
    lit(at=noon)
    subscribe("tests.newcomer")

    relay.run(at=noon)

    assert set(Delivery.objects.values_list("consumer", flat=True)) == {"tests.watcher", "tests.newcomer"}


def test_a_delivery_that_exists_already_is_left_as_it_is(watcher: Subscriber, noon: datetime) -> None:
    lit(at=noon)
    relay.run(at=noon)
    OutboxEntry.objects.update(relayed_at=None)

    assert relay.run(at=noon + timedelta(hours=1)) == 1

    assert Delivery.objects.get().created_at == noon


def test_a_crash_of_the_relay_leaves_the_fact_waiting(watcher: Subscriber, noon: datetime) -> None:
    lit(at=noon)

    with transaction.atomic():
        relay.claim(at=noon)
        transaction.set_rollback(True)

    assert OutboxEntry.objects.waiting().exists()
    assert not Delivery.objects.exists()


def test_each_delivery_goes_to_its_queue(
    watcher: Subscriber, mailer: Subscriber, noon: datetime, broker: MemoryBroker
) -> None:
    lit(at=noon)

    relay.run(at=noon)

    for queue in ("events", "mail"):
        owed = Delivery.objects.get(queue=queue)
        assert broker.taken_from(queue) == [{"task": "events.deliver", "delivery_id": str(owed.pk)}]


@pytest.mark.usefixtures("no_broker")
def test_a_broker_that_is_down_costs_no_delivery(watcher: Subscriber, noon: datetime) -> None:
    lit(at=noon)

    assert relay.run(at=noon) == 1

    assert not Delivery.objects.unsent(at=noon).exists()
    assert Delivery.objects.unsent(at=noon + timedelta(seconds=30)).exists()


@pytest.mark.usefixtures("no_broker")
def test_while_the_broker_is_down_the_rest_waits_in_the_outbox(
    watcher: Subscriber, noon: datetime, settings: Any
) -> None:
    settings.RELAY_BATCH = 1
    lit(at=noon)
    lit(at=noon)

    assert relay.run(at=noon) == 1
    assert OutboxEntry.objects.waiting().count() == 1
