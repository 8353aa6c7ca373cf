"""From the outbox to the subscribers: each waiting fact becomes one delivery for each who is owed it."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.db import connection, transaction

from events import bus
from events.models import Delivery, OutboxEntry
from events.services import handover

# One run ends, whatever comes in meanwhile; the next kick or beat goes on.
MOST_BATCHES = 50


class Batch(NamedTuple):
    entries: int
    deliveries: list[Delivery]


def run(*, at: datetime) -> int:
    """Relay what waits, hand it to Celery, and tell how many facts that were. Not for use in a transaction."""
    relayed = 0
    for _ in range(MOST_BATCHES):
        batch = claim(at=at)
        relayed += batch.entries
        # With no broker, the outbox is as good a place to wait in as any.
        if not batch.entries or (batch.deliveries and not handover.hand_over(batch.deliveries, at=at)):
            break
    return relayed


@transaction.atomic
def claim(*, at: datetime) -> Batch:
    """Turn one batch of waiting entries into deliveries, which nobody has been told of yet."""
    entries = _take()
    deliveries = [delivery for entry in entries for delivery in _owed(entry, at=at)]
    Delivery.objects.bulk_create(deliveries, ignore_conflicts=True)
    OutboxEntry.objects.filter(pk__in=[entry.pk for entry in entries]).waiting().update(relayed_at=at)
    return Batch(len(entries), deliveries)


def _take() -> list[OutboxEntry]:
    # Where rows cannot be locked (SQLite), this transaction has been the only writer since it began. Should that fail,
    # the constraint on deliveries still lets each be written once.
    free = connection.features.has_select_for_update_skip_locked
    waiting = OutboxEntry.objects.waiting().select_related("event").only("event__kind", "owed_to", "relayed_at")
    return list(waiting.select_for_update(of=("self",), skip_locked=free).order_by("pk")[: settings.RELAY_BATCH])


def _owed(entry: OutboxEntry, *, at: datetime) -> Iterator[Delivery]:
    """To those whom the publisher knew and to those whom we know: during a deployment either may know fewer."""
    known = {consumer.name: consumer.queue for consumer in bus.consumers_of(entry.event.kind)}
    for consumer, queue in {**entry.owed_to, **known}.items():
        yield Delivery(
            event_id=entry.event_id,
            consumer=consumer,
            queue=queue,
            tries_left=settings.DELIVERY_MAX_ATTEMPTS,
            next_attempt_at=at,
            sweep_at=at + handover.CLAIM,
            created_at=at,
        )
