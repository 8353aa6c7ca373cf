"""Rows of events, with what a test does not say filled in."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from common.actors import SYSTEM
from common.identifiers import uuid7
from events import bus
from events.models import Delivery, Event
from events.tests.fakes import LampLit


def lit(*, at: datetime, **traits: Any) -> Event:
    """A lamp was lit, and that was published."""
    with transaction.atomic():
        return bus.publish(LampLit(subject_id=uuid7(), **traits), actor=SYSTEM, at=at)


def owed(consumer: str = "tests.watcher", *, at: datetime, **traits: Any) -> Delivery:
    """A delivery that waits since `at`."""
    defaults: dict[str, Any] = {
        "queue": "events",
        "tries_left": settings.DELIVERY_MAX_ATTEMPTS,
        "next_attempt_at": at,
        "sweep_at": at,
        "created_at": at,
    }
    event = Event.objects.create(
        kind=LampLit.kind, subject_type="lamp", subject_id=str(uuid7()), actor_kind="system", occurred_at=at
    )
    return Delivery.objects.create(event=event, consumer=consumer, **{**defaults, **traits})
