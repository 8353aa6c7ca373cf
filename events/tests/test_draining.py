"""Everything at once, in this process."""

from collections.abc import Callable
from datetime import datetime

import pytest

from common.actors import SYSTEM
from common.identifiers import uuid7
from events import bus
from events.models import Delivery, Event
from events.services.draining import drain
from events.tests.factories import lit
from events.tests.fakes import LampNoticed, Subscriber

pytestmark = pytest.mark.django_db


def test_draining_relays_and_delivers_what_waits(watcher: Subscriber, mailer: Subscriber, noon: datetime) -> None:
    events = [lit(at=noon), lit(at=noon)]

    assert drain(at=noon) == 4

    assert watcher.heard == mailer.heard == events


def test_draining_goes_on_with_what_the_handlers_publish(subscribe: Callable[..., Subscriber], noon: datetime) -> None:
    echo = Subscriber()
    bus.after(LampNoticed, name="tests.echo")(echo)
    subscribe(effect=lambda _: bus.publish(LampNoticed(subject_id=uuid7()), actor=SYSTEM, at=noon))
    lit(at=noon)

    assert drain(at=noon) == 2
    assert [event.kind for event in echo.heard] == ["tests.lamp.noticed"]


def test_draining_ends_although_a_handler_fails(subscribe: Callable[..., Subscriber], noon: datetime) -> None:
    subscribe(failures=[OSError()] * 99)
    lit(at=noon)

    assert drain(at=noon) == 0
    assert Delivery.objects.get().state == "pending"


def test_a_handler_is_given_the_event_as_it_is_stored(watcher: Subscriber, noon: datetime) -> None:
    lit(at=noon, by=uuid7())
    drain(at=noon)

    assert watcher.heard[0].data == Event.objects.get().data
    assert isinstance(watcher.heard[0].data["by"], str)
