"""Staff look for what is owed and what was given up, and each second chance is theirs by permission alone."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from events.models import Delivery, Event, OutboxEntry
from events.services.draining import drain
from events.tests.factories import lit, owed
from events.tests.fakes import Subscriber

pytestmark = pytest.mark.django_db
Grant = Callable[..., None]
DELIVERIES, OUTBOX = "admin:events_delivery_changelist", "admin:events_outboxentry_changelist"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def clerk(client: Client, grant: Grant, person: Callable[..., User]) -> Client:
    """Signed in to the admin, and may do what `grant` says."""
    client.force_login(person("clerk", is_staff=True), backend="events.tests.fakes.Granted")
    return client


def shown(clerk: Client, page: str, **query: str) -> str:
    answer = clerk.get(reverse(page), query)
    assert answer.status_code == 200
    return answer.content.decode()


def retry(clerk: Client, *deliveries: Delivery) -> str:
    selected = {"action": "retry", "_selected_action": [str(found.pk) for found in deliveries]}
    return clerk.post(reverse(DELIVERIES), selected, follow=True).content.decode()


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ({"state__exact": "dead"}, True),
        ({"state__exact": "pending"}, False),
        ({"consumer": "tests.watcher"}, True),
        ({"state__exact": "dead", "consumer": "tests.watcher"}, True),
        ({"state__exact": "done", "consumer": "tests.watcher"}, False),
    ],
)
def test_deliveries_are_found_by_how_they_stand(
    query: dict[str, str], is_found: bool, clerk: Client, grant: Grant, watcher: Subscriber, noon: datetime
) -> None:
    grant("delivery:view")
    found = owed(at=noon, state="dead", finished_at=noon)

    assert (str(found.pk) in shown(clerk, DELIVERIES, **query)) is is_found


@pytest.mark.parametrize("by", ["pk", "event_id"])
def test_a_delivery_is_found_by_a_whole_id(by: str, clerk: Client, grant: Grant, noon: datetime) -> None:
    grant("delivery:view")
    wanted, other = owed(at=noon), owed(at=noon)

    page = shown(clerk, DELIVERIES, q=str(getattr(wanted, by)))

    assert str(wanted.pk) in page
    assert str(other.pk) not in page


@pytest.mark.parametrize(("said", "is_found"), [("1", True), ("0", False)])
def test_what_waits_in_the_outbox_is_told_from_what_was_relayed(
    said: str, is_found: bool, clerk: Client, grant: Grant, watcher: Subscriber, noon: datetime
) -> None:
    grant("outboxentry:view")
    event = lit(at=noon)

    assert (str(event.pk) in shown(clerk, OUTBOX, relayed_at__isempty=said)) is is_found


def test_what_a_failure_said_is_shown_as_text(clerk: Client, grant: Grant, noon: datetime) -> None:
    grant("delivery:view")
    owed(at=noon, last_error="<script>alert(1)</script>")

    page = shown(clerk, DELIVERIES)

    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert(1)" not in page


@pytest.mark.parametrize("held", [[], ["delivery:retry"], ["event:view"], ["delivery:change", "delivery:delete"]])
def test_who_may_not_look_gives_no_second_chance(held: list[str], clerk: Client, grant: Grant, noon: datetime) -> None:
    grant(*held)
    found = owed(at=noon, state="dead", finished_at=noon)

    retry(clerk, found)

    found.refresh_from_db()
    assert found.state == "dead"
    assert not Event.objects.filter(kind="events.delivery.retried").exists()


@pytest.mark.parametrize(
    ("held", "is_offered"), [(["delivery:view"], False), (["delivery:view", "delivery:retry"], True)]
)
def test_a_second_chance_is_offered_to_whom_it_is_open(
    held: list[str], is_offered: bool, clerk: Client, grant: Grant, noon: datetime
) -> None:
    grant(*held)
    owed(at=noon)

    assert ("Try again now" in shown(clerk, DELIVERIES)) is is_offered


def test_staff_are_told_how_many_will_be_tried_again(clerk: Client, grant: Grant, noon: datetime) -> None:
    grant("delivery:view", "delivery:retry")
    dead = [owed(at=noon, state="dead", finished_at=noon) for _ in range(2)]

    page = retry(clerk, *dead, owed(at=noon), owed(at=noon, state="done", finished_at=noon))

    assert "2 will be tried again" in page
    assert Event.objects.filter(kind="events.delivery.retried").count() == 2


def test_what_is_being_tried_this_moment_is_left_to_its_worker(clerk: Client, grant: Grant, noon: datetime) -> None:
    grant("delivery:view", "delivery:retry")
    found = owed(at=noon, state="leased", attempts=3, tries_left=1, leased_until=noon + MINUTE)

    assert "0 will be tried again" in retry(clerk, found)

    found.refresh_from_db()
    assert (found.state, found.attempts, found.tries_left) == ("leased", 3, 1)


def test_a_second_chance_reaches_the_subscriber_after_all(
    clerk: Client, grant: Grant, watcher: Subscriber, noon: datetime
) -> None:
    grant("delivery:view", "delivery:retry")
    found = owed(at=noon, state="dead", finished_at=noon, tries_left=0, attempts=12)

    retry(clerk, found)
    found.refresh_from_db()
    drain(at=found.next_attempt_at)

    assert [event.pk for event in watcher.heard] == [found.event_id]
    assert Delivery.objects.get(pk=found.pk).state == "done"


def test_a_second_click_changes_nothing_more(clerk: Client, grant: Grant, noon: datetime) -> None:
    grant("delivery:view", "delivery:retry")
    found = owed(at=noon, state="dead", finished_at=noon)

    assert "1 will be tried again" in retry(clerk, found)
    assert "0 will be tried again" in retry(clerk, found)

    assert Event.objects.filter(kind="events.delivery.retried").count() == 1


def test_a_stranger_is_led_to_the_sign_in(client: Client, watcher: Subscriber, noon: datetime) -> None:
    found = owed(at=noon, state="dead", finished_at=noon)
    lit(at=noon)

    page = retry(client, found)

    assert str(found.pk) not in page
    assert Delivery.objects.get(pk=found.pk).state == "dead"
    assert OutboxEntry.objects.waiting().count() == 1
