"""What waits: how it is counted, handed over queue by queue, woken for once, and forgotten in batches."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from common.actors import SYSTEM
from events import bus, metrics, tasks
from events.kick import RETRY_SECONDS, Kicker
from events.models import Delivery, Event, OutboxEntry, RememberedAnswer
from events.services import delivery, handover, relay, retention
from events.tests.factories import lit, owed
from events.tests.fakes import LampNoticed, MemoryBroker, Subscriber

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
ENVELOPES: dict[str, Callable[..., Any]] = {
    "relay": tasks.relay_outbox,
    "sweep": tasks.sweep_deliveries,
    "purge": tasks.purge,
}


def gauges() -> tuple[float, ...]:
    """Facts to relay, deliveries owed, deliveries given up."""
    return tuple(sample.value for gauge in metrics.WaitingWork().collect() for sample in gauge.samples)


@pytest.mark.parametrize(
    ("state", "counted"),
    [
        ({"state": "pending"}, (0, 1, 0)),
        ({"state": "pending", "attempts": 3}, (0, 1, 0)),
        ({"state": "leased", "leased_until": timezone.now()}, (0, 1, 0)),
        ({"state": "dead", "finished_at": timezone.now()}, (0, 0, 1)),
        ({"state": "done", "finished_at": timezone.now()}, (0, 0, 0)),
    ],
)
def test_a_delivery_is_counted_by_how_it_stands(
    state: dict[str, Any], counted: tuple[int, ...], noon: datetime
) -> None:
    owed(at=noon, **state)

    assert gauges() == counted


def test_the_gauges_follow_a_fact_to_its_end(watcher: Subscriber, noon: datetime, broker: MemoryBroker) -> None:
    lit(at=noon)
    told = [gauges()]
    relay.run(at=noon)
    told.append(gauges())
    delivery.deliver(Delivery.objects.get().pk, at=noon)

    assert [*told, gauges()] == [(1, 0, 0), (0, 1, 0), (0, 0, 0)]


def test_a_second_chance_moves_a_delivery_from_given_up_to_owed(noon: datetime) -> None:
    found = owed(at=noon, state="dead", finished_at=noon)
    assert gauges() == (0, 0, 1)

    delivery.retry(found, actor=SYSTEM, at=noon)

    assert gauges()[1:] == (1, 0)


def test_counting_stops_where_more_would_not_change_the_alarm(noon: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "ENOUGH", 2)
    for _ in range(4):
        owed(at=noon)

    assert gauges() == (0, 2, 0)


@pytest.mark.parametrize("name", ENVELOPES)
def test_an_envelope_of_a_newer_release_is_opened_twice_without_harm(
    name: str, watcher: Subscriber, noon: datetime, broker: MemoryBroker
) -> None:
    lit(at=noon)
    unknown = {"trace": "00-abc", "priority": 3, "delivery_ids": []}

    ENVELOPES[name](**unknown)
    after = (Event.objects.count(), Delivery.objects.count(), OutboxEntry.objects.count())
    ENVELOPES[name](**unknown)

    assert (Event.objects.count(), Delivery.objects.count(), OutboxEntry.objects.count()) == after
    assert not watcher.heard


@pytest.mark.parametrize("said", ["", "1", "not-an-id", "' OR 1=1"])
def test_an_envelope_without_a_proper_id_fails_loudly_and_touches_nothing(
    said: str, watcher: Subscriber, noon: datetime
) -> None:
    found = owed(at=noon)

    with pytest.raises(ValueError, match="UUID"):
        tasks.deliver(delivery_id=said)

    found.refresh_from_db()
    assert (found.attempts, watcher.heard) == (0, [])


def test_an_envelope_is_opened_by_keywords_alone(noon: datetime) -> None:
    with pytest.raises(TypeError):
        tasks.deliver(str(owed(at=noon).pk))  # type: ignore[call-arg]  # is the point


def test_queues_that_refuse_cost_the_others_nothing(noon: datetime, broker: MemoryBroker) -> None:
    queues = ["nowhere", "events", "elsewhere", "mail", "nowhere", "events"]
    found = [owed(at=noon, queue=queue, sweep_at=noon + handover.CLAIM) for queue in queues]

    assert handover.hand_over(found, at=noon) == 3

    waits = {str(each.pk): each.sweep_at - noon for each in Delivery.objects.all()}
    assert [waits[str(each.pk)] > handover.CLAIM for each in found] == [False, True, False, True, False, True]
    assert [len(broker.taken_from(queue)) for queue in ("events", "mail")] == [2, 1]


def test_a_queue_that_takes_messages_again_gets_what_it_had_refused(noon: datetime, broker: MemoryBroker) -> None:
    owed(at=noon, queue="nowhere")
    assert delivery.sweep(at=noon) == 0

    Delivery.objects.update(queue="mail")

    assert delivery.sweep(at=noon + handover.CLAIM - timedelta(seconds=1)) == 0
    assert delivery.sweep(at=noon + handover.CLAIM) == 1


@pytest.mark.parametrize("bursts", [1, 3])
def test_each_burst_of_kicks_is_one_message(bursts: int) -> None:
    sent = [0]

    def send() -> bool:
        sent[0] += 1
        return True

    kicker = Kicker(send, sleep=lambda _: None)

    for _ in range(bursts):
        for _ in range(100):
            kicker._is_wanted.set()
        kicker.turn()

    assert sent == [bursts]


def test_a_kick_after_a_broker_was_down_is_passed_on() -> None:
    answers = [False] * (1 + len(RETRY_SECONDS)) + [True]
    kicker = Kicker(lambda: answers.pop(0), sleep=lambda _: None)

    for left in (1, 0):
        kicker._is_wanted.set()
        kicker.turn()
        assert len(answers) == left


@pytest.mark.parametrize("ends_well", [True, False])
def test_only_a_change_that_was_kept_and_is_owed_to_somebody_wakes_the_relay(
    ends_well: bool,
    watcher: Subscriber,
    noon: datetime,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    kicks: list[int] = []
    monkeypatch.setattr(bus, "_on_new_work", [lambda: kicks.append(1)])

    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        bus.publish(LampNoticed(subject_id=owed(at=noon).pk), actor=SYSTEM, at=noon)
        lit(at=noon)
        transaction.set_rollback(not ends_well)

    assert kicks == [1] * ends_well


@pytest.mark.parametrize(("batch", "batches", "gone"), [(2, 2, 4), (1, 3, 3), (5, 1, 5), (100, 1, 5)])
def test_a_purge_is_bounded_and_the_next_goes_on(
    batch: int, batches: int, gone: int, noon: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", batch)
    monkeypatch.setattr(retention, "MOST_BATCHES", batches)
    for _ in range(5):
        owed(at=noon - 365 * DAY, state="done", finished_at=noon - 365 * DAY)

    assert retention.purge(at=noon)["deliveries"] == gone
    assert retention.purge(at=noon)["deliveries"] == min(5 - gone, gone)


@pytest.mark.parametrize(
    "state",
    [
        {"state": "pending"},
        {"state": "pending", "attempts": 11, "tries_left": 1},
        {"state": "leased", "leased_until": datetime(2029, 1, 1, tzinfo=timezone.get_default_timezone())},
        {"state": "dead", "finished_at": datetime(2029, 1, 1, tzinfo=timezone.get_default_timezone())},
    ],
)
def test_no_purge_ever_takes_what_is_still_owed_or_was_given_up(state: dict[str, Any], noon: datetime) -> None:
    found = owed(at=noon - 365 * DAY, **state)

    retention.purge(at=noon + 3650 * DAY)

    assert Delivery.objects.get() == found
    assert Event.objects.filter(pk=found.event_id).exists()


def test_no_purge_ever_takes_a_fact_that_nobody_has_been_told(watcher: Subscriber, noon: datetime) -> None:
    event = lit(at=noon)

    retention.purge(at=noon + 3650 * DAY)
    relay.claim(at=noon + 3650 * DAY)

    assert Delivery.objects.get().event_id == event.pk


@pytest.mark.parametrize(("days", "gone"), [(1, 1), (3, 0)])
def test_the_operator_says_how_long_what_was_delivered_is_kept(
    days: int, gone: int, noon: datetime, settings: Any
) -> None:
    settings.OUTBOX_RETENTION = timedelta(days=days)
    owed(at=noon - 2 * DAY, state="done", finished_at=noon - 2 * DAY)

    assert retention.purge(at=noon)["deliveries"] == gone


def test_a_purge_leaves_the_answers_that_may_still_be_asked_for(noon: datetime) -> None:
    for number, age in enumerate([timedelta(0), DAY - MINUTE, DAY, 2 * DAY]):
        RememberedAnswer.objects.create(caller="a", key_digest=str(number), created_at=noon - age)

    assert retention.purge(at=noon)["answers"] == 2
    assert set(RememberedAnswer.objects.values_list("key_digest", flat=True)) == {"0", "1"}
