"""Two at once, on PostgreSQL with real threads: each event is delivered exactly once."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from common.actors import SYSTEM
from common.identifiers import uuid7
from events import bus
from events.models import Delivery, Event, OutboxEntry
from events.services import delivery, relay, retention
from events.services.delivery import Outcome
from events.tests.factories import lit, owed
from events.tests.fakes import LampNoticed, MemoryBroker, Subscriber, at_once

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


def notice(event: Event) -> None:
    bus.publish(LampNoticed(subject_id=uuid7()), actor=SYSTEM, at=event.occurred_at)


def noticed() -> int:
    return Event.objects.filter(kind=LampNoticed.kind).count()


def test_relays_that_run_at_once_write_each_delivery_once(
    watcher: Subscriber, mailer: Subscriber, noon: datetime, settings: Any
) -> None:
    settings.RELAY_BATCH = 7
    for _ in range(100):
        lit(at=noon)

    relayed = at_once(*[lambda: claimed(noon)] * 4)

    assert sum(relayed) == 100
    assert Delivery.objects.count() == 200
    assert not OutboxEntry.objects.waiting().exists()


def claimed(noon: datetime) -> int:
    found = 0
    while entries := relay.claim(at=noon).entries:
        found += entries
    return found


def test_a_relay_does_not_wait_for_what_another_holds(watcher: Subscriber, noon: datetime) -> None:
    lit(at=noon)

    with transaction.atomic():
        relay.claim(at=noon)
        assert at_once(lambda: relay.claim(at=noon).entries) == [0]


def test_workers_that_get_the_same_message_at_once_have_one_effect(
    subscribe: Callable[..., Subscriber], noon: datetime
) -> None:
    subscribe(effect=notice)
    ids = [owed(at=noon).pk for _ in range(20)]

    for found in ids:
        outcomes = at_once(*[lambda found=found: delivery.deliver(found, at=noon)] * 4)
        assert sorted(outcomes) == ["done", "not_due", "not_due", "not_due"]

    assert noticed() == 20


def test_a_worker_woken_after_its_lease_neither_writes_nor_overwrites(
    subscribe: Callable[..., Subscriber], noon: datetime
) -> None:
    found = owed(at=noon)
    late = noon + timedelta(minutes=2)
    others: list[Outcome] = []

    def hang_once(event: Event) -> None:
        notice(event)
        if not others:
            others.append(Outcome.LOST)
            others[:] = at_once(lambda: delivery.deliver(found.pk, at=late))

    subscribe(effect=hang_once)

    assert delivery.deliver(found.pk, at=noon) is Outcome.LOST

    found.refresh_from_db()
    assert (others, noticed()) == ([Outcome.DONE], 1)
    assert (found.state, found.attempts, found.finished_at) == ("done", 2, late)


def test_sweeps_that_run_at_once_send_each_delivery_once(
    noon: datetime, broker: MemoryBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(50):
        owed(at=noon)

    # What threads find that have chosen no application of their own.
    monkeypatch.setattr("celery._state.default_app", broker.app)
    sent = at_once(*[lambda: delivery.sweep(at=noon)] * 4)

    assert sum(sent) == 50
    assert len({each["delivery_id"] for each in broker.taken_from("events")}) == 50


def test_purges_that_run_at_once_forget_each_row_once(noon: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 5)
    for _ in range(40):
        owed(at=noon, state="done", finished_at=noon)

    gone = at_once(*[lambda: retention.purge(at=noon + timedelta(days=30))["deliveries"]] * 3)

    assert sum(gone) == 40


def test_of_retries_at_once_one_counts(noon: datetime) -> None:
    found = owed(at=noon, state="dead", finished_at=noon)

    revived = at_once(*[lambda: delivery.retry(found, actor=SYSTEM, at=noon)] * 4)

    assert Event.objects.filter(kind="events.delivery.retried").count() == revived.count(True)


def test_a_fact_whose_transaction_is_undone_is_never_relayed(watcher: Subscriber, noon: datetime) -> None:
    with transaction.atomic():
        lit(at=noon)
        assert at_once(lambda: relay.run(at=noon)) == [0]
        transaction.set_rollback(True)

    assert relay.run(at=noon) == 0
