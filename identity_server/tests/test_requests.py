"""One line for each request, and one count."""

from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.urls import ResolverMatch
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from accounts.models import User
from identity_server.requests import told


def request_to(path: str, **kwargs: str) -> HttpRequest:
    request = RequestFactory().get(path)
    request.resolver_match = ResolverMatch(lambda: None, (), kwargs)
    return request


def finished(client: Client, path: str, **headers: str) -> dict[str, Any]:
    with capture_logs(processors=[merge_contextvars]) as lines:
        client.get(path, headers=headers)
    (line,) = [dict(line) for line in lines if line["event"] == "request_finished"]
    return line


@pytest.mark.django_db
def test_it_tells_method_path_and_status(client: Client) -> None:
    line = finished(client, "/api/v1/nowhere")

    assert (line["request"], line["code"]) == ("GET /api/v1/nowhere", 404)


@pytest.mark.django_db
def test_it_does_not_tell_the_query(client: Client) -> None:
    assert finished(client, "/api/v1/nowhere?token=secret")["request"] == "GET /api/v1/nowhere"


def test_a_secret_in_the_path_is_masked() -> None:
    request = request_to("/invitations/very-secret/accept", token="very-secret")

    assert told(request) == {"request": "GET /invitations/[masked]/accept"}


def test_other_parts_of_the_path_are_told() -> None:
    assert told(request_to("/users/7/", user_id="7")) == {"request": "GET /users/7/"}


@pytest.mark.django_db
def test_its_id_is_the_one_that_the_caller_sees(client: Client) -> None:
    assert finished(client, "/api/v1/nowhere", **{"X-Request-ID": "from-the-caller"})["request_id"] == "from-the-caller"


def test_it_names_who_asked() -> None:
    request = request_to("/")
    request.user = User(pk=(person := uuid4()))

    assert told(request)["user_id"] == str(person)


@pytest.mark.parametrize("user", [AnonymousUser(), None])
def test_strangers_have_no_name(user: Any) -> None:
    request = request_to("/")
    request.user = user

    assert "user_id" not in told(request)


def test_it_asks_no_database_who_it_is(client: Client) -> None:
    answer = client.get("/api/v1/nowhere", headers={"Cookie": "session=abc"})

    assert answer.status_code == 404


@pytest.mark.django_db
def test_a_failure_is_told_with_its_reason(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("no such luck")

    monkeypatch.setattr("tokens.selectors.check", fail)
    client.raise_request_exception = False
    with capture_logs() as lines:
        client.post("/api/v1/token/verify/", {"token": "any"}, content_type="application/json")

    why, end = lines[-2:]
    assert (why["event"], str(why["exc_info"])) == ("request_failed", "no such luck")
    assert (end["event"], end["code"]) == ("request_finished", 500)


@pytest.mark.django_db
def test_what_is_not_there_is_no_failure(client: Client) -> None:
    with capture_logs() as lines:
        client.get("/nowhere/at/all")

    assert [line["event"] for line in lines] == ["request_finished"]
