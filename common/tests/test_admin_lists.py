"""Lists: bounded in depth, and closed to questions that they did not declare."""

import pytest
from django.test import Client, RequestFactory
from django_celery_beat.models import PeriodicTask
from pytest_django import DjangoAssertNumQueries

from common.admin_lists import BoundedPaginator, declared, is_deep, searched

pytestmark = pytest.mark.urls("common.tests.staff_pages")
TASKS = "/admin/django_celery_beat/periodictask/"


@pytest.mark.parametrize(
    ("lookup", "allowed"),
    [
        ("state", True),
        ("state__exact", True),
        ("created_at__gte", True),
        ("created_at_from", True),
        ("role__id__exact", True),
        ("subject_id", True),
        ("subject_id__startswith", False),
        ("password__startswith", False),
        ("state__startswith", False),
        ("role__users__password__startswith", False),
        ("pk__in", False),
    ],
)
def test_only_declared_filters_are_obeyed(lookup: str, *, allowed: bool) -> None:
    assert declared(lookup, ["state", ("created_at", object), "role"], ["subject_id"]) is allowed


@pytest.mark.parametrize(
    ("page", "deep"), [("1", False), ("200", False), ("201", True), ("9" * 5000, True), ("x", False)]
)
def test_ten_thousand_rows_can_be_paged_through(page: str, *, deep: bool) -> None:
    assert is_deep(RequestFactory().get("/", {"p": page}), per_page=50) is deep


def test_a_page_too_deep_says_so(chief: Client, task: PeriodicTask) -> None:
    answer = chief.get(TASKS, {"p": "201"}, follow=True)

    assert "Search or filter" in answer.content.decode()


@pytest.mark.parametrize("query", ["task__startswith=s", "interval__every=60", "enabled__regex=1", "queue=%00"])
def test_an_undeclared_filter_is_a_bad_request(chief: Client, task: PeriodicTask, query: str) -> None:
    assert chief.get(f"{TASKS}?{query}").status_code == 400


@pytest.mark.parametrize(
    "query", ["enabled__exact=1", "queue=events", "q=swe", "q=SWEEP'--", "p=0", "p=-1", "o=-9", "all="]
)
def test_a_list_answers_what_it_declares(chief: Client, task: PeriodicTask, query: str) -> None:
    assert chief.get(f"{TASKS}?{query}", follow=True).status_code == 200


@pytest.mark.parametrize("field", ["name", "task", "interval"])
def test_to_field_names_nothing_but_the_key(chief: Client, task: PeriodicTask, field: str) -> None:
    assert chief.get(f"{TASKS}?_to_field={field}").status_code == 400


@pytest.mark.parametrize(("term", "hits"), [("swe", 1), ("weep", 0), ("\0sweep", 1), ("s" * 5000, 0)])
def test_search_finds_beginnings(task: PeriodicTask, term: str, hits: int) -> None:
    found = PeriodicTask.objects.filter(searched(PeriodicTask, ["^name", "=id"], term.replace("\0", "")))

    assert found.count() == hits


def test_search_leaves_out_fields_that_cannot_have_the_value(task: PeriodicTask) -> None:
    assert "sweep" not in str(searched(PeriodicTask, ["=id"], "sweep"))
    assert PeriodicTask.objects.filter(searched(PeriodicTask, ["=id"], str(task.pk))).exists()


def test_a_list_counts_nothing(
    chief: Client, task: PeriodicTask, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(6) as queries:
        chief.get(TASKS)

    assert not [query for query in queries.captured_queries if "COUNT(" in query["sql"]]


def test_a_column_without_an_index_is_not_sorted_by(chief: Client, task: PeriodicTask) -> None:
    ordered = chief.get(f"{TASKS}?o=3").context["cl"].queryset.query.order_by

    assert "task" not in "".join(ordered)


@pytest.mark.parametrize(("rows", "more"), [(0, False), (1, False), (2, True), (3, True)])
def test_a_page_that_is_not_full_is_the_last(rows: int, *, more: bool) -> None:
    assert BoundedPaginator(list(range(rows)), 2).page(1).has_next() is more
