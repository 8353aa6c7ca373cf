import logging
from collections.abc import Callable

import pytest
from django.db import InternalError, OperationalError
from rest_framework.test import APIClient

from common.http.translations import problem_of

SignedIn = Callable[..., APIClient]


class DriverError(Exception):
    """What psycopg raises under Django's own errors."""

    def __init__(self, *, sqlstate: str | None) -> None:
        super().__init__()
        self.sqlstate = sqlstate


def test_a_refusal_says_all_that_rfc_9457_and_the_contract_name(stranger: APIClient) -> None:
    answer = stranger.get("/api/v1/failing/domain/?secret=1", headers={"X-Request-ID": "abc"})

    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json() == {
        "type": "urn:identity-server:problem:invalid",
        "title": "The request is not valid",
        "status": 400,
        "detail": "Not so.",
        "instance": "/api/v1/failing/domain/",
        "code": "invalid",
        "request_id": "abc",
        "errors": [{"field": "title", "code": "too_long", "detail": "Too long."}],
    }


@pytest.mark.parametrize(
    ("how", "status", "code"),
    [
        ("domain", 400, "invalid"),
        ("missing", 404, "not_found"),
        ("busy", 429, "throttled"),
        ("down", 503, "unavailable"),
        ("drf-auth", 401, "token_not_valid"),
        ("drf-denied", 403, "permission_denied"),
        ("drf-throttled", 429, "throttled"),
        ("http404", 404, "not_found"),
        ("denied", 403, "permission_denied"),
        ("too-big", 413, "too_large"),
        ("too-many", 400, "too_many_fields"),
        ("suspicious", 400, "malformed"),
        ("unreadable", 400, "malformed"),
        ("unicode", 400, "malformed"),
        ("database", 503, "unavailable"),
        ("interface", 503, "unavailable"),
        ("value", 400, "invalid"),
        ("bug", 500, "internal_error"),
    ],
)
@pytest.mark.parametrize("face", ["failing", "plain"])
def test_whatever_is_raised_becomes_a_problem_with_a_stable_code(
    stranger: APIClient, face: str, how: str, status: int, code: str
) -> None:
    answer = stranger.get(f"/api/v1/{face}/{how}/")

    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["status"], answer.json()["code"]) == (status, status, code)
    assert "secret" not in answer.content.decode()
    assert "10.0.0.7" not in answer.content.decode()


@pytest.mark.parametrize(
    ("how", "seconds"), [("busy", "7"), ("busy-somehow", "1"), ("drf-throttled", "2"), ("down", "5"), ("database", "5")]
)
def test_whoever_should_come_again_is_told_when(stranger: APIClient, how: str, seconds: str) -> None:
    assert stranger.get(f"/api/v1/failing/{how}/").headers["Retry-After"] == seconds


@pytest.mark.parametrize(("sqlstate", "seconds"), [("40P01", "1"), ("40001", "1"), ("55P03", "5"), (None, "5")])
def test_a_deadlock_may_be_tried_again_at_once(sqlstate: str | None, seconds: str) -> None:
    error = OperationalError()
    error.__cause__ = DriverError(sqlstate=sqlstate)

    problem = problem_of(error)

    assert problem is not None
    assert (problem.status, problem.headers["Retry-After"]) == (503, seconds)


def test_a_primary_that_became_read_only_is_a_failing_dependency_not_a_bug() -> None:
    error = InternalError()
    error.__cause__ = DriverError(sqlstate="25006")

    problem = problem_of(error)

    assert problem is not None
    assert problem.status == 503


def test_other_database_errors_are_bugs() -> None:
    assert problem_of(InternalError()) is None


@pytest.mark.parametrize(
    ("how", "status", "challenge"),
    [("drf-auth", 401, 'Bearer realm="api", error="invalid_token"')],
)
def test_a_401_says_how_to_sign_in(stranger: APIClient, how: str, status: int, challenge: str) -> None:
    answer = stranger.get(f"/api/v1/failing/{how}/")

    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (status, challenge)


def test_a_bug_is_logged_with_its_trace(stranger: APIClient, caplog: pytest.LogCaptureFixture) -> None:
    stranger.get("/api/v1/failing/bug/")

    assert any("a secret bug" in str(record.exc_info) for record in caplog.records)


def test_a_database_that_is_gone_is_logged(stranger: APIClient, caplog: pytest.LogCaptureFixture) -> None:
    stranger.get("/api/v1/failing/database/")

    assert [r.levelno for r in caplog.records if r.name == "common.http.problems"] == [logging.ERROR]


@pytest.mark.parametrize("path", ["/api/v1/nowhere/", "/access/v1/nowhere", "/.well-known/nowhere"])
def test_paths_for_programs_that_lead_nowhere_answer_a_problem(stranger: APIClient, path: str) -> None:
    answer = stranger.get(path, headers={"Accept": "text/html"})

    assert (answer.status_code, answer.json()["code"], answer.json()["instance"]) == (404, "not_found", path)


@pytest.mark.parametrize(
    ("how", "status"), [("http404", 404), ("denied", 403), ("suspicious", 400), ("bug", 500), ("database", 503)]
)
def test_people_get_pages(stranger: APIClient, how: str, status: int) -> None:
    answer = stranger.get(f"/pages/{how}/")

    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "secret" not in answer.content.decode()


def test_a_page_too_tells_when_to_come_again(stranger: APIClient) -> None:
    assert stranger.get("/pages/database/").headers["Retry-After"] == "5"


def test_no_title_has_a_blank_left_in_it(stranger: APIClient) -> None:
    answers = [stranger.generic("PROPFIND", "/api/v1/echo/"), stranger.get("/api/v1/echo/", headers={"Accept": "a/b"})]

    assert [answer.json()["title"] for answer in answers] == ["Method Not Allowed", "Not Acceptable"]


def test_every_wrong_field_is_named_with_its_place_and_code(signed_in: SignedIn) -> None:
    wrong = {"title": "", "place": {"city": "x" * 21}, "tags": ["fine", 7], "due_at": "noon"}

    answer = signed_in().post("/api/v1/notes/", wrong, format="json")

    assert answer.json()["code"] == "invalid"
    assert {(e["field"], e["code"]) for e in answer.json()["errors"]} == {
        ("title", "blank"),
        ("place.city", "max_length"),
        ("tags.1", "invalid"),
        ("due_at", "invalid"),
    }


def test_a_body_that_is_no_object_is_refused_as_a_whole(signed_in: SignedIn) -> None:
    answer = signed_in().post("/api/v1/notes/", [1, 2], format="json")

    assert answer.status_code == 400
    assert [(e["field"], e["code"]) for e in answer.json()["errors"]] == [("", "invalid")]
