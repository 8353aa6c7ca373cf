"""The overview's figures are bounded, and nobody is shown a way to what they may not see."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client, RequestFactory
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from common.actors import SYSTEM, Actor, ActorKind
from common.identifiers import uuid7
from console import navigation, overview, selectors
from console.events import ScheduleRunRequested
from console.selectors import Figure
from events.bus import publish
from events.models import Delivery, Event

Clerk = Callable[..., Client]
MODELS = [(group, label, title) for group, pages in navigation.GROUPS.items() for label, title, _ in pages]
PERMISSIONS = {
    "user:view": "Users",
    "role:view": "Roles",
    "session:view": "Sessions",
    "event:view": "Events",
    "delivery:view": "Deliveries",
    "periodic_task:view": "Schedules",
}


def happened(count: int, *, at: datetime, actor: Actor = SYSTEM) -> list[Event]:
    with transaction.atomic():
        facts = [ScheduleRunRequested(subject_id=uuid7(), name="Purge") for _ in range(count)]
        return [publish(fact, actor=actor, at=at) for fact in facts]


def given_up(count: int, *, at: datetime) -> None:
    for event in happened(count, at=at):
        Delivery.objects.create(
            event=event, consumer="tests", queue="events", tries_left=0, state="dead",
            next_attempt_at=at, sweep_at=at, created_at=at, finished_at=at,
        )  # fmt: skip


def everywhere(_: str) -> tuple[str, ...]:
    return ("/",)


def figure(label: str, *, at: datetime) -> Figure:
    return next(found for found in selectors.figures(places_of=everywhere, at=at) if found.label == label)


def titles(client: Client) -> list[str]:
    groups: Any = client.get("/admin/").context["sidebar_navigation"]
    return [item["title"] for group in groups for item in group["items"]]


@pytest.mark.django_db
@pytest.mark.parametrize(("count", "shown"), [(0, "0"), (1, "1"), (2, "2"), (3, "2+"), (9, "2+")])
def test_counting_stops_one_beyond_its_bound(
    count: int, shown: str, noon: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selectors, "BOUND", 2)
    given_up(count, at=noon)

    found = figure("Deliveries given up", at=noon)

    assert (found.shown, found.count) == (shown, min(count, 3))
    assert found.urgent is (count > 0)


@pytest.mark.django_db
def test_no_figure_reads_more_than_its_bound(noon: datetime, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(4) as asked:
        selectors.figures(places_of=everywhere, at=noon)

    assert all(f"LIMIT {selectors.BOUND + 1}" in query["sql"] for query in asked.captured_queries)


def test_the_figure_of_what_was_given_up_leads_to_just_that(chief: Client, noon: datetime) -> None:
    given_up(1, at=noon)
    shown = chief.get("/admin/").context["figures"]

    (address,) = [each["href"] for each in shown if each["figure"].urgent]

    assert address == f"{reverse('admin:events_delivery_changelist')}?state__exact=dead"
    assert chief.get(address).status_code == 200


@pytest.mark.django_db
def test_the_last_events_are_few_and_the_newest_stands_first(noon: datetime) -> None:
    told = happened(selectors.RECENT + 3, at=noon)

    assert [event.pk for event in selectors.recent_events()] == [
        event.pk for event in told[: -selectors.RECENT - 1 : -1]
    ]


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (timedelta(seconds=-5), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1), "1\xa0minute ago"),
        (timedelta(hours=1, minutes=1), "1\xa0hour, 1\xa0minute ago"),
        (timedelta(days=14), "2\xa0weeks ago"),
    ],
)
def test_how_long_ago_something_was_is_told_in_words(passed: timedelta, words: str, noon: datetime) -> None:
    assert overview.ago(Event(occurred_at=noon), at=noon + passed) == words


@pytest.mark.parametrize(("held", "is_named"), [(["event:view"], False), (["event:view", "user:view"], True)])
def test_who_did_it_is_named_to_those_who_may_see_people(
    held: list[str], is_named: bool, clerk: Clerk, alice: User, noon: datetime
) -> None:
    happened(1, at=noon, actor=Actor(kind=ActorKind.USER, id=alice.pk))

    page = clerk(*held).get("/admin/").content.decode()

    assert ("alice@example.org" in page) is is_named


@pytest.mark.parametrize(("held", "title"), PERMISSIONS.items())
def test_one_permission_opens_one_page_in_the_sidebar(held: str, title: str, clerk: Clerk) -> None:
    assert titles(clerk(held)) == ["Overview", title]


@pytest.mark.parametrize("held", [[], ["user:edit"], ["unheard:view"]])
def test_without_a_page_to_see_only_the_overview_is_left(held: list[str], clerk: Clerk) -> None:
    page = clerk(*held)

    assert titles(page) == ["Overview"]
    assert page.get("/admin/").context["figures"] == []


def test_who_may_do_everything_sees_every_page(chief: Client) -> None:
    assert titles(chief) == ["Overview", *(title for _, _, title in MODELS)]


@pytest.mark.parametrize("label", [label for _, label, _ in MODELS])
def test_a_way_that_is_not_shown_is_also_closed(label: str, clerk: Clerk) -> None:
    page = reverse(f"admin:{label.lower().replace('.', '_')}_changelist")

    assert clerk("unheard:view").get(page).status_code == 403


@pytest.mark.django_db
def test_what_the_site_does_not_show_has_no_address(root: User) -> None:
    request = RequestFactory().get("/admin/")
    request.user = root

    assert navigation.address_of(request, "events.RememberedAnswer") == ""
    assert navigation.address_of(request, "events.Event") == reverse("admin:events_event_changelist")


@pytest.mark.parametrize("method", ["get", "head"])
def test_the_front_page_is_closed_on_all_sides(method: str, client: Client) -> None:
    answer = getattr(client, method)("/")

    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert not answer.cookies


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "trace"])
def test_the_front_page_only_answers_questions(method: str, client: Client) -> None:
    answer = getattr(client, method)("/")

    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_the_front_page_names_the_product_as_text(client: Client, settings: Any) -> None:
    settings.PRODUCT_NAME = "<b>Ours & co</b>"

    page = client.get("/").content.decode()

    assert "<h1>&lt;b&gt;Ours &amp; co&lt;/b&gt;</h1>" in page
    assert "<b>Ours" not in page


@pytest.mark.parametrize("query", ["?next=https://evil.example/", "?product=evil.example", "?x=<script>evil.example"])
def test_the_front_page_repeats_nothing_that_it_is_told(query: str, client: Client) -> None:
    assert "evil.example" not in client.get(f"/{query}", headers={"X-Forwarded-Host": "evil.example"}).content.decode()
