"""The sweep sends what is due again, and does not flood the queues."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from events.models import Delivery
from events.services import delivery, handover
from events.tests.factories import owed
from events.tests.fakes import MemoryBroker, Subscriber

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


def test_what_is_due_and_has_no_message_is_sent(noon: datetime, broker: MemoryBroker) -> None:
    found = owed(at=noon, queue="mail")

    assert delivery.sweep(at=noon) == 1

    assert broker.taken_from("mail") == [{"task": "events.deliver", "delivery_id": str(found.pk)}]


def test_a_message_that_was_sent_is_given_time(noon: datetime, broker: MemoryBroker) -> None:
    owed(at=noon)
    delivery.sweep(at=noon)

    assert delivery.sweep(at=noon + 59 * SECOND) == 0
    assert delivery.sweep(at=noon + MINUTE) == 1


def test_the_second_message_is_given_more_time_than_the_first(noon: datetime, broker: MemoryBroker) -> None:
    owed(at=noon)
    sent = [second for second in range(0, 3600, 60) if delivery.sweep(at=noon + second * SECOND)]

    assert [second // 60 for second in sent] == [0, 1, 2, 4, 8, 16, 32]


def test_what_a_dead_worker_had_taken_is_sent_when_its_lease_ends(
    subscribe: Callable[..., Subscriber], noon: datetime, broker: MemoryBroker
) -> None:
    owed(at=noon, state="leased", attempts=1, leased_until=noon + MINUTE, sweep_at=noon + MINUTE)

    assert delivery.sweep(at=noon + 59 * SECOND) == 0
    assert delivery.sweep(at=noon + MINUTE) == 1


@pytest.mark.parametrize("state", ["done", "dead"])
def test_what_is_finished_is_never_sent(state: str, noon: datetime, broker: MemoryBroker) -> None:
    owed(at=noon, state=state, finished_at=noon)

    assert delivery.sweep(at=noon + MINUTE) == 0


def test_a_sweep_goes_on_over_many_batches(noon: datetime, broker: MemoryBroker, settings: Any) -> None:
    settings.RELAY_BATCH = 2
    for _ in range(5):
        owed(at=noon)

    assert delivery.sweep(at=noon) == 5
    assert len(broker.taken_from("events")) == 5


@pytest.mark.usefixtures("no_broker")
def test_while_the_broker_is_down_a_sweep_stops_at_once_and_the_next_tries_again(noon: datetime, settings: Any) -> None:
    settings.RELAY_BATCH = 1
    owed(at=noon)
    owed(at=noon)

    assert delivery.sweep(at=noon) == 0

    assert Delivery.objects.unsent(at=noon).count() == 1
    assert Delivery.objects.unsent(at=noon + handover.CLAIM).count() == 2


def test_a_quick_worker_is_not_overruled_by_the_one_who_sent_its_message(noon: datetime, broker: MemoryBroker) -> None:
    found = owed(at=noon, sweep_at=noon + handover.CLAIM)
    Delivery.objects.update(sweep_at=noon + 7 * SECOND)

    handover.hand_over([found], at=noon)

    assert Delivery.objects.get().sweep_at == noon + 7 * SECOND


def test_a_queue_that_takes_nothing_does_not_hold_up_the_others(noon: datetime, broker: MemoryBroker) -> None:
    for queue in ("nowhere", "nowhere", "events"):
        owed(at=noon, queue=queue)

    assert delivery.sweep(at=noon) == 1

    unsent = Delivery.objects.unsent(at=noon + handover.CLAIM)
    assert [found.queue for found in unsent] == ["nowhere"] * 2
