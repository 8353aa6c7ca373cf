"""One line for each request."""

import logging
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.urls import ResolverMatch
from structlog.contextvars import bound_contextvars, get_contextvars
from structlog.testing import capture_logs

from accounts.models import User
from identity_server.requests import LOG, RequestLog


def request_to(path: str, **kwargs: str) -> HttpRequest:
    request = RequestFactory().get(path)
    request.resolver_match = ResolverMatch(lambda: None, (), kwargs)
    return request


def finished(client: Client, path: str, **headers: str) -> dict[str, Any]:
    with capture_logs() as lines:
        client.get(path, headers=headers)
    return next(dict(line) for line in lines if line["event"] == "request_finished")


@pytest.mark.django_db
def test_it_tells_method_path_and_status(client: Client) -> None:
    told = finished(client, "/api/v1/nowhere")

    assert (told["request"], told["code"]) == ("GET /api/v1/nowhere", 404)


@pytest.mark.django_db
def test_it_does_not_tell_the_query(client: Client) -> None:
    assert finished(client, "/api/v1/nowhere?token=secret")["request"] == "GET /api/v1/nowhere"


def test_a_secret_in_the_path_is_masked() -> None:
    request = request_to("/invitations/very-secret/accept", token="very-secret")

    assert RequestLog.format_request(request) == "GET /invitations/[masked]/accept"


def test_other_parts_of_the_path_are_told() -> None:
    assert RequestLog.format_request(request_to("/users/7/", user_id="7")) == "GET /users/7/"


@pytest.mark.django_db
def test_its_id_is_the_one_that_the_caller_sees(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[object] = []
    monkeypatch.setattr(
        RequestLog, "format_request", staticmethod(lambda _: seen.append(get_contextvars().get("request_id")))
    )

    answer = client.get("/api/v1/nowhere", headers={"X-Request-ID": "from-the-caller"})

    assert seen[-1] == answer["X-Request-ID"] == "from-the-caller"


def test_it_names_who_asked() -> None:
    request = RequestFactory().get("/")
    request.user = User(pk=(person := uuid4()))

    with bound_contextvars(user_id=""):
        RequestLog.bind_user_id(request)
        assert get_contextvars()["user_id"] == str(person)


@pytest.mark.parametrize("user", [AnonymousUser(), None])
def test_strangers_have_no_name(user: Any) -> None:
    request = RequestFactory().get("/")
    request.user = user

    RequestLog.bind_user_id(request)

    assert "user_id" not in get_contextvars()


def test_it_asks_no_database_who_it_is(client: Client) -> None:
    answer = client.get("/api/v1/nowhere", headers={"Cookie": "session=abc"})

    assert answer.status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize(("level", "told"), [(logging.DEBUG, 1), (logging.INFO, 0)])
def test_its_beginning_is_told_only_where_anybody_wants_it(client: Client, level: int, told: int) -> None:
    LOG.setLevel(level)
    try:
        with capture_logs() as lines:
            client.get("/api/v1/nowhere")
    finally:
        LOG.setLevel(logging.NOTSET)

    assert [line["event"] for line in lines].count("request_started") == told
