"""One event to one subscriber: leased by one worker at a time, tried again when it fails, given up visibly."""

import random
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q

from common.actors import Actor
from events import backoff, bus, metrics
from events.events import DeliveryRetried
from events.masking import described
from events.models import Delivery, DeliveryState
from events.services import handover

log = structlog.get_logger(__name__)
MOST_BATCHES = 50


class Outcome(StrEnum):
    DONE = "done"
    FAILED = "failed"
    DEAD = "dead"
    LOST = "lost"
    NOT_DUE = "not_due"


class LeaseLost(Exception):
    """The lease ran out while the handler worked, and another worker has taken the delivery."""


class UnknownConsumer(Exception):
    """No such subscriber here: the worker is older than the one that published, or the subscriber is gone."""


class WorkerLost(Exception):
    """The last try was begun and never ended: its worker died or hung."""


def deliver(delivery_id: UUID, *, at: datetime) -> Outcome:
    """Try once, if it is due and nobody else holds it. A handler's failure is an outcome, and is not raised."""
    found = Delivery.objects.due(at=at).select_related("event").filter(pk=delivery_id).first()
    if found is None:
        return Outcome.NOT_DUE
    outcome = _attempt(found, at=at) if found.tries_left else _fail(found, WorkerLost(), at=at)
    metrics.attempts.labels(found.consumer, outcome).inc()
    return outcome


def _attempt(delivery: Delivery, *, at: datetime) -> Outcome:
    if not _lease(delivery, at=at):
        return Outcome.NOT_DUE
    try:
        _run(delivery, at=at)
    except LeaseLost:
        log.warning("delivery lease lost", delivery_id=str(delivery.pk), consumer=delivery.consumer)
        return Outcome.LOST
    except Exception as error:  # noqa: BLE001  whatever a subscriber raises is how its try ended
        return _fail(delivery, error, at=at)
    return Outcome.DONE


def _lease(delivery: Delivery, *, at: datetime) -> bool:
    # The number that was read is part of the condition, so of two who read it only one gets the next.
    due = Delivery.objects.due(at=at).filter(pk=delivery.pk, attempts=delivery.attempts)
    until = at + settings.DELIVERY_LEASE
    taken = due.update(
        state=DeliveryState.LEASED,
        attempts=F("attempts") + 1,
        tries_left=F("tries_left") - 1,
        leased_until=until,
        sweep_at=until,
    )
    delivery.attempts += 1
    delivery.tries_left -= 1
    return bool(taken)


def _run(delivery: Delivery, *, at: datetime) -> None:
    consumer = bus.consumers.get(delivery.consumer)
    if consumer is None:
        raise UnknownConsumer
    if consumer.outside:
        consumer.handle(delivery.event)
        _finish(delivery, at=at)
        return
    with transaction.atomic():
        consumer.handle(delivery.event)
        _finish(delivery, at=at)


def _finish(delivery: Delivery, *, at: datetime) -> None:
    done = Delivery.objects.held(delivery).update(
        state=DeliveryState.DONE, finished_at=at, leased_until=None, last_error=""
    )
    if not done:
        raise LeaseLost


def _fail(delivery: Delivery, error: Exception, *, at: datetime) -> Outcome:
    wait = backoff.next_wait(
        tries_left=delivery.tries_left,
        of=settings.DELIVERY_MAX_ATTEMPTS,
        chance=random.random(),  # noqa: S311  spreads load, guards nothing
    )
    if wait is None:
        end: dict[str, Any] = {"state": DeliveryState.DEAD, "finished_at": at}
    else:
        end = {"state": DeliveryState.PENDING, "next_attempt_at": at + wait, "sweep_at": at + wait}
    reason = described(error)
    if not Delivery.objects.held(delivery).update(last_error=reason, leased_until=None, **end):
        return Outcome.LOST
    say = log.error if wait is None else log.warning
    say("delivery failed", delivery_id=str(delivery.pk), consumer=delivery.consumer, state=end["state"], error=reason)
    return Outcome.DEAD if wait is None else Outcome.FAILED


@transaction.atomic
def retry(delivery: Delivery, *, actor: Actor, at: datetime) -> bool:
    """Give it all its tries again, from now on. False where it has not failed, or is being tried this moment."""
    failed = Q(state=DeliveryState.DEAD) | Q(state=DeliveryState.PENDING, attempts__gt=0)
    revived = Delivery.objects.filter(failed, pk=delivery.pk).update(
        state=DeliveryState.PENDING,
        tries_left=settings.DELIVERY_MAX_ATTEMPTS,
        next_attempt_at=at,
        sweep_at=at,
        finished_at=None,
    )
    if revived:
        fact = DeliveryRetried(subject_id=delivery.pk, event_id=delivery.event_id, consumer=delivery.consumer)
        bus.publish(fact, actor=actor, at=at)
    return bool(revived)


def sweep(*, at: datetime) -> int:
    """Send what is due and has no message on its way: tries after a failure, and whatever a broker or worker lost."""
    sent = 0
    for _ in range(MOST_BATCHES):
        taken = handover.hand_over(_claim_unsent(at=at), at=at)
        if not taken:
            break
        sent += taken
    return sent


@transaction.atomic
def _claim_unsent(*, at: datetime) -> list[Delivery]:
    free = connection.features.has_select_for_update_skip_locked
    unsent = Delivery.objects.unsent(at=at).select_for_update(skip_locked=free).order_by("sweep_at")
    claimed = list(unsent[: settings.RELAY_BATCH])
    until = at + handover.CLAIM
    Delivery.objects.filter(pk__in=[delivery.pk for delivery in claimed]).update(sweep_at=until)
    for delivery in claimed:
        delivery.sweep_at = until
    return claimed
