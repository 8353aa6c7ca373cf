from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import transaction
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from common.actors import Actor, ActorKind
from console import selectors
from console.events import ScheduleRunRequested
from console.selectors import Figure
from events.bus import publish


def figures(client: Client) -> list[str]:
    return [shown["figure"].label for shown in client.get("/admin/").context["figures"]]


def test_staff_see_the_figures_of_what_they_may_see(clerk: Callable[..., Client]) -> None:
    assert figures(clerk("session:view")) == ["Sessions alive"]


def test_who_may_see_no_events_sees_none(clerk: Callable[..., Client]) -> None:
    assert clerk("session:view").get("/admin/").context["recent"] is None


def test_the_last_events_name_who_did_it(chief: Client, root: User, noon: datetime) -> None:
    with transaction.atomic():
        fact = ScheduleRunRequested(subject_id=root.pk, name="Purge")
        publish(fact, actor=Actor(kind=ActorKind.USER, id=root.pk), at=noon)

    page = chief.get("/admin/").content.decode()

    assert "console.schedule.run_requested" in page
    assert "by root@example.org" in page


@pytest.mark.parametrize(("count", "shown"), [(0, "0"), (9_999, "9,999"), (10_000, "10,000"), (10_001, "10,000+")])
def test_a_figure_stops_where_more_would_tell_nothing(count: int, shown: str) -> None:
    assert Figure(model="accounts.User", label="Users", count=count).shown == shown


def test_counting_is_bounded_in_the_database(root: User, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1) as queries:
        assert selectors.counted(User.objects.all()) == 1

    assert f"LIMIT {selectors.BOUND + 1}" in queries.captured_queries[0]["sql"]


def test_the_overview_costs_few_queries(chief: Client, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_max_num_queries(12):
        chief.get("/admin/")
