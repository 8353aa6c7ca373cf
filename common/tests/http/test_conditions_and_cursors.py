"""What callers send back to us (tags, cursors, names of parameters, request ids) is believed only where it is ours."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from django.test import RequestFactory
from django_celery_results.models import TaskResult
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.test import APIClient

from common.errors import VersionMismatch
from common.http.etags import etag_of, expected_version

pytestmark = pytest.mark.wide

SignedIn = Callable[..., APIClient]
TASKS = "/api/v1/tasks/"


def conditional(tag: str) -> int | None:
    return expected_version(RequestFactory().get("/", headers={"If-Match": tag}))


@pytest.fixture
def onwards(signed_in: SignedIn, db: None) -> str:
    """The cursor of the second page."""
    TaskResult.objects.bulk_create(TaskResult(task_id=str(n)) for n in range(3))
    link: str = signed_in("task:view").get(f"{TASKS}?page_size=1").json()["next"]
    return parse_qs(urlsplit(link).query)["cursor"][0]


@given(version=st.integers(min_value=0, max_value=10**18 - 1))
def test_every_version_survives_the_way_to_the_caller_and_back(version: int) -> None:
    assert conditional(etag_of(version)) == version


@given(said=st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_whatever_is_sent_is_a_version_of_ours_or_refused(said: str) -> None:
    try:
        found = conditional(said)
    except VersionMismatch:
        return

    assert said.strip() == "*" if found is None else int(said.strip().strip('"')) == found


@pytest.mark.parametrize(
    "tag", ["'3'", '"3";"3"', '"3', '3"', '"+3"', '"3.0"', '"0x3"', '" 3"', '*, "3"', '"1234567890123456789"']
)
def test_what_only_looks_like_a_tag_of_ours_changes_nothing(tag: str, signed_in: SignedIn) -> None:
    answer = signed_in().patch("/api/v1/notes/7/", {}, format="json", headers={"If-Match": tag})

    assert (answer.status_code, answer.json()["code"]) == (412, "precondition_failed")
    assert "Retry-After" not in answer.headers


@pytest.mark.parametrize(
    "forge",
    [
        lambda cursor: cursor[:-1],
        lambda cursor: cursor[1:],
        lambda cursor: cursor + "A",
        lambda cursor: cursor * 2,
        lambda cursor: cursor.upper(),
        lambda cursor: cursor[::-1],
        lambda cursor: cursor.rpartition(":")[0],
        lambda cursor: cursor.rpartition(":")[2],
        lambda cursor: cursor.rpartition(":")[0] + ":",
        lambda cursor: f" {cursor}",
        lambda cursor: f"{cursor}\n",
        lambda cursor: f".{cursor}",
    ],
)
def test_a_cursor_that_was_tampered_with_is_refused(
    forge: Callable[[str], str], signed_in: SignedIn, onwards: str
) -> None:
    answer = signed_in("task:view").get(TASKS, {"cursor": forge(onwards)})

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")


def test_a_cursor_that_was_left_alone_leads_on(signed_in: SignedIn, onwards: str) -> None:
    answer = signed_in("task:view").get(TASKS, {"cursor": onwards, "page_size": "2"})

    assert (answer.status_code, len(answer.json()["results"])) == (200, 2)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "unknown"),
    [
        ("b=1&a=2", ["a", "b"]),
        ("Name=x", ["Name"]),
        ("name%20=x", ["name "]),
        ("name__startswith=x", ["name__startswith"]),
        ("task_name=x", ["task_name"]),
        ("page=2", ["page"]),
        ("limit=5&offset=5", ["limit", "offset"]),
        ("name=x&status=LOST&colour=red", ["colour"]),
        ("=x", [""]),
    ],
)
def test_every_unknown_parameter_is_named_and_the_known_ones_told(
    query: str, unknown: list[str], signed_in: SignedIn
) -> None:
    said = signed_in("task:view").get(f"{TASKS}?{query}").json()

    assert (said["status"], said["code"]) == (400, "unknown_parameter")
    assert [error["field"] for error in said["errors"]] == unknown
    assert "cursor, id, is_anonymous, name, ordering, page_size, search, status" in said["detail"]


@pytest.mark.parametrize("path", ["echo/", "nowhere/", "notes/7/", "failing/bug/", "failing/down/", "plain/http404/"])
def test_answer_and_header_name_the_request_alike_however_it_ends(path: str, stranger: APIClient) -> None:
    answer = stranger.get(f"/api/v1/{path}", headers={"X-Request-ID": "from-the-caller"})

    assert answer.headers["X-Request-ID"] == answer.json()["request_id"] == "from-the-caller"


def test_two_requests_without_a_name_get_two(stranger: APIClient) -> None:
    first, second = (UUID(stranger.get("/api/v1/echo/").headers["X-Request-ID"]) for _ in range(2))

    assert first < second


@pytest.mark.parametrize("said", ["\x1b[2J", "a\tb", "a/b", "a,b", "<script>", "%0d%0a", "\u202e", "a" * 5000])
def test_a_request_id_that_could_forge_a_line_is_nowhere_in_the_answer(said: str, stranger: APIClient) -> None:
    answer = stranger.get("/api/v1/nowhere/", headers={"X-Request-ID": said})

    assert UUID(answer.json()["request_id"]).version == 7
    assert said not in answer.headers["X-Request-ID"]
