"""The audit trail is only added to, and the tables refuse what must never be true."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from events.models import Delivery, Event
from events.tests.factories import lit, owed

pytestmark = pytest.mark.django_db

CHANGES: list[Callable[[Event], object]] = [
    lambda event: event.save(),
    lambda event: event.delete(),
    lambda _: Event.objects.update(kind="tests.lamp.broken"),
    lambda _: Event.objects.filter(kind="tests.lamp.lit").delete(),
    lambda event: Event.objects.bulk_update([event], ["kind"]),
]


@pytest.mark.parametrize("change", CHANGES)
def test_an_event_is_never_changed_or_deleted(change: Callable[[Event], object], noon: datetime) -> None:
    event = lit(at=noon)

    with pytest.raises(TypeError, match="only ever added to"), transaction.atomic():
        change(event)

    assert Event.objects.get().kind == "tests.lamp.lit"


@pytest.mark.parametrize("options", [{}, {"force_update": True}, {"update_fields": ["kind"]}])
def test_no_copy_of_an_event_is_saved_over_it(options: dict[str, Any], noon: datetime) -> None:
    event = lit(at=noon)
    copy = Event(pk=event.pk, kind="tests.lamp.broken", subject_id="x", actor_kind="user", occurred_at=noon)

    with pytest.raises((IntegrityError, ValueError)), transaction.atomic():
        copy.save(**options)

    assert Event.objects.get().kind == "tests.lamp.lit"


def test_an_event_is_owed_to_a_consumer_once(noon: datetime) -> None:
    first = owed(at=noon)

    with pytest.raises(IntegrityError):
        Delivery.objects.create(
            event=first.event,
            consumer=first.consumer,
            tries_left=1,
            next_attempt_at=noon,
            sweep_at=noon,
            created_at=noon,
        )


@pytest.mark.parametrize("wrong", [{"state": "leased"}, {"state": "done"}, {"state": "dead"}])
def test_a_state_without_its_time_is_refused(wrong: dict[str, str], noon: datetime) -> None:
    with pytest.raises(IntegrityError):
        owed(at=noon, **wrong)


def test_a_waiting_delivery_is_not_finished(noon: datetime) -> None:
    with pytest.raises(IntegrityError):
        owed(at=noon, finished_at=noon)
