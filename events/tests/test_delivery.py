"""One event to one subscriber: leased, tried again, given up; and never done twice by two workers."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction

from common.actors import SYSTEM, Actor, ActorKind
from common.identifiers import uuid7
from events import bus
from events.models import Delivery, Event
from events.services import delivery
from events.services.delivery import Outcome
from events.tests.factories import owed
from events.tests.fakes import LampNoticed, Subscriber

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def notice(event: Event) -> None:
    """Something that a handler writes."""
    bus.publish(LampNoticed(subject_id=UUID(event.subject_id)), actor=SYSTEM, at=event.occurred_at)


def noticed() -> int:
    return Event.objects.filter(kind=LampNoticed.kind).count()


def taken_over(event: Event) -> None:
    """Another worker takes the delivery while the handler runs, as after a lease that ran out."""
    Delivery.objects.filter(event=event).update(attempts=7)


def test_the_handler_hears_the_event_and_the_delivery_is_done(watcher: Subscriber, noon: datetime) -> None:
    found = owed(at=noon)

    assert delivery.deliver(found.pk, at=noon) is Outcome.DONE

    found.refresh_from_db()
    assert watcher.heard == [found.event]
    assert (found.state, found.attempts, found.finished_at, found.leased_until) == ("done", 1, noon, None)


def test_a_second_message_does_nothing(watcher: Subscriber, noon: datetime) -> None:
    found = owed(at=noon)
    delivery.deliver(found.pk, at=noon)

    assert delivery.deliver(found.pk, at=noon + MINUTE) is Outcome.NOT_DUE

    assert len(watcher.heard) == 1


@pytest.mark.parametrize("state", ["done", "dead"])
def test_what_is_finished_is_never_due(state: str, watcher: Subscriber, noon: datetime) -> None:
    found = owed(at=noon, state=state, finished_at=noon)

    assert delivery.deliver(found.pk, at=noon + MINUTE) is Outcome.NOT_DUE


def test_who_has_read_the_delivery_before_another_tried_it_gets_no_lease(noon: datetime) -> None:
    stale = owed(at=noon)
    Delivery.objects.update(attempts=1)

    assert not delivery._lease(stale, at=noon)


def test_an_unknown_id_does_nothing(noon: datetime) -> None:
    assert delivery.deliver(uuid7(), at=noon) is Outcome.NOT_DUE


def test_before_its_time_a_delivery_is_left_alone(watcher: Subscriber, noon: datetime) -> None:
    found = owed(at=noon, next_attempt_at=noon + MINUTE)

    assert delivery.deliver(found.pk, at=noon) is Outcome.NOT_DUE
    assert delivery.deliver(found.pk, at=noon + MINUTE) is Outcome.DONE


def test_while_a_lease_lasts_no_other_worker_takes_the_delivery(watcher: Subscriber, noon: datetime) -> None:
    found = owed(at=noon, state="leased", attempts=1, leased_until=noon + MINUTE)

    assert delivery.deliver(found.pk, at=noon + MINUTE / 2) is Outcome.NOT_DUE
    assert delivery.deliver(found.pk, at=noon + MINUTE) is Outcome.DONE


def test_while_the_handler_runs_the_delivery_is_leased(
    subscribe: Callable[..., Subscriber], noon: datetime, settings: Any
) -> None:
    seen: list[Delivery] = []
    found = owed(at=noon)
    subscribe(effect=lambda _: seen.append(Delivery.objects.get()))

    delivery.deliver(found.pk, at=noon)

    assert (seen[0].state, seen[0].attempts, seen[0].leased_until) == ("leased", 1, noon + MINUTE)
    assert seen[0].sweep_at == noon + MINUTE


def test_a_failure_is_tried_again_later(subscribe: Callable[..., Subscriber], noon: datetime) -> None:
    found = owed(at=noon)
    subscribe(failures=[OSError("try again later")])

    assert delivery.deliver(found.pk, at=noon) is Outcome.FAILED

    found.refresh_from_db()
    assert (found.state, found.attempts, found.leased_until) == ("pending", 1, None)
    assert timedelta(seconds=8) <= found.next_attempt_at - noon <= timedelta(seconds=12)
    assert found.sweep_at == found.next_attempt_at
    assert delivery.deliver(found.pk, at=found.next_attempt_at) is Outcome.DONE


def test_what_a_handler_wrote_before_it_failed_is_undone(subscribe: Callable[..., Subscriber], noon: datetime) -> None:
    found = owed(at=noon)
    subscribe(effect=notice, failures=[OSError()])

    delivery.deliver(found.pk, at=noon)
    assert noticed() == 0

    delivery.deliver(found.pk, at=noon + MINUTE)
    assert noticed() == 1


def test_the_reason_of_a_failure_is_kept_without_addresses(
    subscribe: Callable[..., Subscriber], noon: datetime
) -> None:
    found = owed(at=noon)
    subscribe(failures=[OSError("550 <ada@example.org> unknown")])

    delivery.deliver(found.pk, at=noon)

    found.refresh_from_db()
    assert found.last_error.startswith("OSError: 550 <…@example.org> unknown (")


def test_after_its_last_try_a_delivery_is_dead(subscribe: Callable[..., Subscriber], noon: datetime) -> None:
    found = owed(at=noon, attempts=11, tries_left=1)
    subscribe(failures=[OSError()])

    assert delivery.deliver(found.pk, at=noon) is Outcome.DEAD

    found.refresh_from_db()
    assert (found.state, found.attempts, found.finished_at) == ("dead", 12, noon)


def test_a_message_that_kills_its_worker_ends_dead_too(watcher: Subscriber, noon: datetime) -> None:
    found = owed(at=noon, attempts=12, tries_left=0, state="leased", leased_until=noon)

    assert delivery.deliver(found.pk, at=noon) is Outcome.DEAD

    found.refresh_from_db()
    assert (found.state, found.last_error, watcher.heard) == ("dead", "WorkerLost", [])


def test_a_consumer_that_this_worker_does_not_know_is_waited_for(house_bus: None, noon: datetime) -> None:
    found = owed("tests.newcomer", at=noon)

    assert delivery.deliver(found.pk, at=noon) is Outcome.FAILED

    found.refresh_from_db()
    assert (found.state, found.last_error.partition(" ")[0]) == ("pending", "UnknownConsumer")


def test_a_worker_that_lost_its_lease_undoes_what_it_wrote(
    subscribe: Callable[..., Subscriber], noon: datetime
) -> None:
    found = owed(at=noon)
    subscriber = subscribe(effect=lambda event: [effect(event) for effect in (notice, taken_over)])

    assert delivery.deliver(found.pk, at=noon) is Outcome.LOST

    found.refresh_from_db()
    assert (len(subscriber.heard), noticed(), found.state) == (1, 0, "leased")


def test_a_worker_that_lost_its_lease_and_failed_changes_nothing(
    subscribe: Callable[..., Subscriber], noon: datetime
) -> None:
    found = owed(at=noon)
    subscribe("tests.mailer", outside=True, effect=taken_over, failures=[OSError()])
    Delivery.objects.update(consumer="tests.mailer")

    assert delivery.deliver(found.pk, at=noon) is Outcome.LOST

    found.refresh_from_db()
    assert (found.state, found.attempts, found.last_error) == ("leased", 7, "")


def test_an_outside_effect_is_not_marked_done_by_a_worker_that_lost_its_lease(
    subscribe: Callable[..., Subscriber], noon: datetime
) -> None:
    found = owed("tests.mailer", at=noon)
    subscribe("tests.mailer", outside=True, effect=taken_over)

    assert delivery.deliver(found.pk, at=noon) is Outcome.LOST

    found.refresh_from_db()
    assert found.state == "leased"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("outside", [True, False])
def test_only_inside_handlers_run_in_a_transaction(
    outside: bool, subscribe: Callable[..., Subscriber], noon: datetime
) -> None:
    seen: list[bool] = []
    found = owed(at=noon)
    subscribe(outside=outside, effect=lambda _: seen.append(connection.in_atomic_block))

    assert delivery.deliver(found.pk, at=noon) is Outcome.DONE

    assert seen == [not outside]


def test_a_dead_delivery_gets_all_its_tries_again(noon: datetime) -> None:
    found = owed(at=noon, state="dead", attempts=12, tries_left=0, finished_at=noon)

    assert delivery.retry(found, actor=SYSTEM, at=noon + MINUTE)

    found.refresh_from_db()
    assert (found.state, found.tries_left, found.attempts, found.finished_at) == ("pending", 12, 12, None)
    assert Delivery.objects.due(at=noon + MINUTE).unsent(at=noon + MINUTE).get() == found


def test_a_delivery_that_waits_after_a_failure_is_tried_now(noon: datetime) -> None:
    found = owed(at=noon, attempts=3, next_attempt_at=noon + 60 * MINUTE)

    assert delivery.retry(found, actor=SYSTEM, at=noon)

    assert Delivery.objects.due(at=noon).get() == found


@pytest.mark.parametrize(
    ("state", "attempts", "is_finished"), [("done", 1, True), ("leased", 1, False), ("pending", 0, False)]
)
def test_what_has_not_failed_is_not_tried_again(state: str, attempts: int, is_finished: bool, noon: datetime) -> None:
    finished = noon if is_finished else None
    found = owed(at=noon, state=state, attempts=attempts, leased_until=noon + MINUTE, finished_at=finished)

    assert not delivery.retry(found, actor=SYSTEM, at=noon)

    assert not Event.objects.filter(kind="events.delivery.retried").exists()


def test_a_retry_is_written_down_with_who_did_it(noon: datetime) -> None:
    found = owed(at=noon, state="dead", finished_at=noon)
    staff = Actor(kind=ActorKind.USER, id=uuid7(), label="staff")

    delivery.retry(found, actor=staff, at=noon)

    event = Event.objects.get(kind="events.delivery.retried")
    assert (event.subject_id, event.actor_id) == (str(found.pk), staff.id)
    assert event.data == {"event_id": str(found.event_id), "consumer": "tests.watcher"}


def test_an_old_number_does_not_fit_after_a_retry(subscribe: Callable[..., Subscriber], noon: datetime) -> None:
    found = owed(at=noon, tries_left=1)

    def dies_and_is_revived(event: Event) -> None:
        Delivery.objects.update(state="dead", tries_left=0, finished_at=noon)
        delivery.retry(found, actor=SYSTEM, at=noon)
        with transaction.atomic():
            Delivery.objects.update(state="leased", attempts=2, leased_until=noon + MINUTE)

    subscribe("tests.mailer", outside=True, effect=dies_and_is_revived)
    Delivery.objects.update(consumer="tests.mailer")

    assert delivery.deliver(found.pk, at=noon) is Outcome.LOST
