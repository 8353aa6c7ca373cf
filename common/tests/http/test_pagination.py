from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.signing import Signer
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_celery_results.models import TaskResult
from pytest_django import Settings
from rest_framework.request import Request
from rest_framework.test import APIClient, APIRequestFactory

from common.http.pagination import Page, columns_of, page_of

pytestmark = pytest.mark.django_db
NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
SignedIn = Callable[..., APIClient]
ORDERINGS = [
    ["pk"],
    ["-pk"],
    ["task_name"],
    ["-task_name"],
    ["date_started"],
    ["-date_started"],
    ["-task_name", "date_started"],
    ["date_created", "-task_name"],
    ["-date_created", "-pk"],
    ["date_created", "task_name"],
]


def request_for(url: str) -> Request:
    return Request(APIRequestFactory().get(url))


def page(url: str, ordering: list[str]) -> Page:
    return page_of(TaskResult.objects.all(), ordering=ordering, request=request_for(url))


def walk(url: str | None, ordering: list[str], link: Callable[[Page], str | None]) -> Iterator[list[int]]:
    while url:
        found = page(url, ordering)
        yield [row.pk for row in found.rows]
        url = link(found)


@pytest.fixture
def table() -> list[TaskResult]:
    """Twenty-five rows with ties and blanks."""
    names = ["a", "b", "b", None, "c"]
    starts = [None, 3, 3, 1, None, 2, 3]
    rows = TaskResult.objects.bulk_create(TaskResult(task_id=str(n), task_name=names[n % 5]) for n in range(25))
    for n, row in enumerate(rows):
        start = starts[n % 7]
        times: Any = row
        times.date_created = NOON + timedelta(microseconds=n % 3)
        times.date_started = None if start is None else NOON + timedelta(microseconds=start)
    TaskResult.objects.bulk_update(rows, ["date_created", "date_started"])
    return rows


@pytest.mark.wide
@pytest.mark.parametrize("ordering", ORDERINGS)
@pytest.mark.parametrize("size", [1, 7, 25])
def test_walking_forward_sees_every_row_once_in_the_order_of_the_database(
    table: list[TaskResult], ordering: list[str], size: int
) -> None:
    clauses = [column.clause for column in columns_of(TaskResult, ordering)]

    seen = [pk for pks in walk(f"/?page_size={size}", ordering, lambda found: found.next) for pk in pks]

    assert seen == list(TaskResult.objects.order_by(*clauses).values_list("pk", flat=True))


@pytest.mark.wide
@pytest.mark.parametrize("ordering", ORDERINGS)
def test_walking_back_sees_the_same_pages(table: list[TaskResult], ordering: list[str]) -> None:
    there = list(walk("/?page_size=4", ordering, lambda found: found.next))
    last = "/?page_size=4"
    while link := page(last, ordering).next:
        last = link

    assert list(walk(last, ordering, lambda found: found.previous)) == there[::-1]


def test_the_first_page_has_nothing_before_it_and_the_last_nothing_after(table: list[TaskResult]) -> None:
    assert page("/?page_size=10", ["pk"]).previous is None
    assert page("/?page_size=25", ["pk"]).next is None


def test_rows_that_stay_are_seen_once_whatever_comes_and_goes(table: list[TaskResult]) -> None:
    first = page("/?page_size=5", ["task_name"])
    boundary, *others = [row.pk for row in reversed(first.rows)]
    TaskResult.objects.filter(pk__in=[boundary, table[12].pk]).delete()
    stayed = set(TaskResult.objects.exclude(pk__in=others).values_list("pk", flat=True))
    TaskResult.objects.create(task_id="before", task_name="a")
    TaskResult.objects.create(task_id="behind", task_name="c")

    seen = [pk for pks in walk(first.next, ["task_name"], lambda found: found.next) for pk in pks]

    assert len(seen) == len(set(seen))
    assert stayed <= set(seen)


def test_an_empty_list_has_no_links() -> None:
    assert page("/", ["pk"]) == Page(None, None, [])


def test_links_start_with_our_origin_and_keep_the_query(
    signed_in: SignedIn, table: list[TaskResult], settings: Settings
) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    answer = signed_in("task:view").get("/api/v1/tasks/?page_size=1&search=b&name=b", headers={"Host": "evil.example"})

    link = urlsplit(answer.json()["next"])
    assert f"{link.scheme}://{link.netloc}{link.path}" == "https://id.example.org/api/v1/tasks/"
    assert {name: values for name, values in parse_qs(link.query).items() if name != "cursor"} == {
        "page_size": ["1"],
        "search": ["b"],
        "name": ["b"],
    }


@pytest.mark.parametrize(
    ("said", "rows"),
    [("", 50), ("page_size=1", 1), ("page_size=200", 200), ("page_size=201", 200), ("page_size=999999999", 200)],
)
def test_a_page_holds_fifty_rows_or_what_is_asked_but_never_more_than_two_hundred(
    signed_in: SignedIn, said: str, rows: int
) -> None:
    TaskResult.objects.bulk_create(TaskResult(task_id=str(n)) for n in range(210))

    assert len(signed_in("task:view").get(f"/api/v1/tasks/?{said}").json()["results"]) == rows


@pytest.mark.parametrize("said", ["0", "-1", "ten", "", "1.5", "%D9%A3", "9999999999", "1_0"])
def test_a_page_size_that_is_no_number_is_a_400(signed_in: SignedIn, said: str) -> None:
    answer = signed_in("task:view").get(f"/api/v1/tasks/?page_size={said}")

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_page_size")


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "a:b",
        "cD0x",
        "'; DROP TABLE users; --",
        "é",
        "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
        "x" * 5000,
    ],
)
def test_a_cursor_that_is_not_ours_is_a_400(signed_in: SignedIn, cursor: str) -> None:
    answer = signed_in("task:view").get("/api/v1/tasks/", {"cursor": cursor})

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")


@pytest.mark.parametrize(
    "said",
    [
        [["-pk", "-id"], False, ["1"]],
        [["-id"], False, ["one"]],
        [["-id"], False, []],
        [["-id"], False, ["1", "2"]],
        [["-id"], False, [None]],
        [["-id"]],
        "text",
        None,
    ],
)
def test_a_cursor_of_another_release_is_a_400_too(signed_in: SignedIn, said: Any) -> None:
    cursor = Signer(salt="common.http.pagination").sign_object(said)

    answer = signed_in("task:view").get("/api/v1/tasks/", {"cursor": cursor})

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")


def test_a_signature_for_something_else_makes_no_cursor(signed_in: SignedIn) -> None:
    cursor = Signer(salt="another").sign_object([["-id"], False, ["1"]])

    assert signed_in("task:view").get("/api/v1/tasks/", {"cursor": cursor}).json()["code"] == "invalid_cursor"


def test_a_cursor_belongs_to_one_order(signed_in: SignedIn, table: list[TaskResult]) -> None:
    staff = signed_in("task:view")
    link = staff.get("/api/v1/tasks/?page_size=2&ordering=task_name").json()["next"]

    assert staff.get(link.replace("task_name", "-task_name")).json()["code"] == "invalid_cursor"


def test_one_changed_character_breaks_the_cursor(signed_in: SignedIn, table: list[TaskResult]) -> None:
    staff = signed_in("task:view")
    [cursor] = parse_qs(urlsplit(staff.get("/api/v1/tasks/?page_size=2").json()["next"]).query)["cursor"]

    for place in range(len(cursor)):
        forged = cursor[:place] + chr(ord(cursor[place]) ^ 1) + cursor[place + 1 :]
        assert staff.get("/api/v1/tasks/", {"cursor": forged}).json()["code"] == "invalid_cursor"


@pytest.mark.parametrize(
    ("ordering", "sought"),
    [("-task_id", '"task_id", "{0}"."id") < ('), ("date_created", '"date_created", "{0}"."id") > (')],
)
def test_a_page_deep_down_is_sought_as_one_row_value_and_neither_counted_nor_skipped_to(
    ordering: str, sought: str
) -> None:
    TaskResult.objects.bulk_create(TaskResult(task_id=f"{n:03}") for n in range(20))
    second = page("/?page_size=5", [ordering]).next

    with CaptureQueriesContext(connection) as queries:
        page(str(second), [ordering])

    [query] = queries.captured_queries
    assert sought.format("django_celery_results_taskresult") in query["sql"]
    assert "COUNT(" not in query["sql"]
    assert "OFFSET" not in query["sql"]
