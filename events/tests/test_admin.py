"""Staff look at what happened, and give a second chance to what failed."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from events.models import Delivery, Event, OutboxEntry
from events.tests.factories import lit, owed
from events.tests.fakes import Subscriber

pytestmark = pytest.mark.django_db
EVENTS = "admin:events_event_changelist"
DELIVERIES = "admin:events_delivery_changelist"


@pytest.fixture
def clerk(client: Client, grant: Callable[..., None], person: Callable[..., User]) -> Client:
    """Signed in to the admin, and may do what `grant` says."""
    client.force_login(person("clerk", is_staff=True), backend="events.tests.fakes.Granted")
    return client


def retry(clerk: Client, *deliveries: Delivery) -> int:
    selected = {"action": "retry", "_selected_action": [str(found.pk) for found in deliveries]}
    return clerk.post(reverse(DELIVERIES), selected).status_code


@pytest.mark.parametrize("model", ["event", "delivery", "outboxentry"])
def test_pages_are_closed_without_the_permission(model: str, clerk: Client) -> None:
    assert clerk.get(reverse(f"admin:events_{model}_changelist")).status_code == 403


@pytest.mark.parametrize("model", ["event", "delivery", "outboxentry"])
def test_pages_show_and_offer_no_change(
    model: str, clerk: Client, grant: Callable[..., None], watcher: Subscriber, noon: datetime
) -> None:
    grant(*[f"{model}:{action}" for action in ("view", "add", "change", "delete")])
    lit(at=noon)
    owed(at=noon)
    row = {"event": Event, "delivery": Delivery, "outboxentry": OutboxEntry}[model]._default_manager.all()[0]

    assert clerk.get(reverse(f"admin:events_{model}_changelist")).status_code == 200
    assert clerk.get(reverse(f"admin:events_{model}_change", args=[row.pk])).status_code == 200
    for url in (reverse(f"admin:events_{model}_add"), reverse(f"admin:events_{model}_delete", args=[row.pk])):
        assert clerk.post(url, {"post": "yes"}).status_code == 403
    assert clerk.post(reverse(f"admin:events_{model}_change", args=[row.pk]), {"kind": "x"}).status_code == 403


@pytest.mark.parametrize("by", ["pk", "subject_id"])
def test_an_event_is_found_by_a_whole_id(by: str, clerk: Client, grant: Callable[..., None], noon: datetime) -> None:
    grant("event:view")
    wanted, other = lit(at=noon), lit(at=noon)

    page = clerk.get(reverse(EVENTS), {"q": str(getattr(wanted, by))}).content.decode()

    assert wanted.subject_id in page
    assert other.subject_id not in page


@pytest.mark.parametrize("query", ["kind=tests.lamp.lit", "subject_id=x", "occurred_at_from_0=2030-01-01", "q=x"])
def test_events_are_filtered_without_counting(
    query: str,
    clerk: Client,
    grant: Callable[..., None],
    noon: datetime,
    django_assert_num_queries: Callable[..., object],
) -> None:
    grant("event:view")
    lit(at=noon)

    with django_assert_num_queries(4) as asked:  # type: ignore[attr-defined]  # session, user, page, and one of the menu
        assert clerk.get(f"{reverse(EVENTS)}?{query}").status_code == 200

    assert not any("COUNT(" in query["sql"] for query in asked.captured_queries)


def test_a_dead_delivery_is_tried_again_by_staff_and_that_is_written_down(
    clerk: Client, grant: Callable[..., None], noon: datetime
) -> None:
    grant("delivery:view", "delivery:retry")
    found = owed(at=noon, state="dead", finished_at=noon)

    assert retry(clerk, found, owed(at=noon, state="done", finished_at=noon)) == 302

    found.refresh_from_db()
    assert found.state == "pending"
    event = Event.objects.get(kind="events.delivery.retried")
    assert (event.actor_kind, event.subject_id) == ("user", str(found.pk))


def test_trying_again_takes_its_own_permission(clerk: Client, grant: Callable[..., None], noon: datetime) -> None:
    grant("delivery:view")
    found = owed(at=noon, state="dead", finished_at=noon)

    retry(clerk, found)

    found.refresh_from_db()
    assert found.state == "dead"


@pytest.mark.parametrize(
    ("span", "is_shown"),
    [
        ({"from_0": "2030-01-01"}, True),
        ({"from_0": "2030-01-01", "from_1": "12:00:00"}, True),
        ({"from_0": "2030-01-01", "from_1": "12:00:01"}, False),
        ({"to_0": "2030-01-01"}, True),
        ({"to_0": "2030-01-01", "to_1": "11:59"}, False),
        ({"from_0": "2030-01-02"}, False),
        ({"from_0": "nonsense", "to_1": "12:00"}, True),
    ],
)
def test_events_are_found_by_time(
    span: dict[str, str], is_shown: bool, clerk: Client, grant: Callable[..., None], noon: datetime
) -> None:
    grant("event:view")
    event = lit(at=noon)

    page = clerk.get(reverse(EVENTS), {f"occurred_at_{edge}": said for edge, said in span.items()}).content.decode()

    assert (event.subject_id in page) is is_shown
