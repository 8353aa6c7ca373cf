from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django_celery_results.models import TaskResult
from rest_framework.test import APIClient

pytestmark = pytest.mark.django_db
SignedIn = Callable[..., APIClient]


@pytest.fixture
def ask(signed_in: SignedIn) -> Callable[[str], list[str]]:
    """The names in a list of four tasks, as a query finds them."""
    rows = [
        ("send mail", "w1", "SUCCESS"),
        ("send letter", "w2", "FAILURE"),
        ("100%", "w3", "SUCCESS"),
        ("Sweep", "aw1", "SUCCESS"),
    ]
    for number, (name, worker, status) in enumerate(rows):
        TaskResult.objects.create(task_id=str(number), task_name=name, worker=worker, status=status)
    return lambda query: [
        row["name"] for row in signed_in("task:view").get(f"/api/v1/tasks/?{query}").json()["results"]
    ]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["Sweep", "100%", "send letter", "send mail"]),
        ("name=Sweep", ["Sweep"]),
        ("status=FAILURE", ["send letter"]),
        ("status=SUCCESS&name=100%25", ["100%"]),
        ("is_anonymous=False", ["Sweep", "100%", "send letter", "send mail"]),
        ("is_anonymous=true", []),
        ("is_anonymous=", ["Sweep", "100%", "send letter", "send mail"]),
        ("ordering=task_name", ["100%", "Sweep", "send letter", "send mail"]),
        ("ordering=-task_name", ["send mail", "send letter", "Sweep", "100%"]),
        ("search=SEND", ["send letter", "send mail"]),
        ("search=send+ma", ["send mail"]),
        ("search=w1", ["send mail"]),
        ("search=%25", ["100%"]),
        ("search=_", []),
        ("search=+", ["Sweep", "100%", "send letter", "send mail"]),
        ("search=nobody", []),
    ],
)
def test_a_list_is_filtered_searched_and_ordered(ask: Callable[[str], list[str]], query: str, names: list[str]) -> None:
    assert ask(query) == names


@pytest.mark.parametrize(
    ("query", "code", "field"),
    [
        ("staus=FAILURE", "unknown_parameter", "staus"),
        ("format=json", "unknown_parameter", "format"),
        ("offset=5", "unknown_parameter", "offset"),
        ("status=LOST", "invalid_parameter", "status"),
        ("is_anonymous=banana", "invalid_parameter", "is_anonymous"),
        ("is_anonymous=2", "invalid_parameter", "is_anonymous"),
        ("id=one", "invalid_parameter", "id"),
        ("id=1e400", "invalid_parameter", "id"),
        ("id=NaN", "invalid_parameter", "id"),
        ("ordering=worker", "invalid_parameter", "ordering"),
        ("ordering=result", "invalid_parameter", "ordering"),
        ("ordering=--task_name", "invalid_parameter", "ordering"),
        ("ordering=task_name,worker", "invalid_parameter", "ordering"),
        ("ordering=", "invalid_parameter", "ordering"),
        (f"search={'a' * 201}", "invalid_parameter", "search"),
        ("search=a+b+c+d+e+f+g+h+i", "invalid_parameter", "search"),
    ],
)
def test_what_a_list_does_not_know_is_refused_by_name(signed_in: SignedIn, query: str, code: str, field: str) -> None:
    answer = signed_in("task:view").get(f"/api/v1/tasks/?{query}")

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.parametrize(
    "query", ["id=9999999999999999999999", "id=-9e300", "id=9223372036854775808", "name=" + "x" * 3000]
)
def test_a_value_out_of_all_range_is_no_crash(signed_in: SignedIn, query: str) -> None:
    assert signed_in("task:view").get(f"/api/v1/tasks/?{query}").status_code in {200, 400}


def test_times_are_in_utc_with_a_z(signed_in: SignedIn, settings: Any) -> None:
    settings.TIME_ZONE = "Europe/Berlin"
    row = TaskResult.objects.create(task_id="1", date_started=datetime(2030, 1, 1, 12, tzinfo=UTC))

    [answer] = signed_in("task:view").get("/api/v1/tasks/").json()["results"]

    assert answer == {"id": row.pk, "name": None, "started_at": "2030-01-01T12:00:00Z"}
