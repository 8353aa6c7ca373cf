from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
import structlog
from django.conf import settings as project
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from pytest_django import Settings
from rest_framework.test import APIClient

from common.http.middleware import CHUNK, LISTENS_TO, RequestId
from common.tests.http.sending import send

ECHO = "/api/v1/echo/"


class Endless(BytesIO):
    """A body that never ends, read in pieces and kept by nobody."""

    taken = 0

    def read(self, size: int | None = -1) -> bytes:
        assert size is not None
        assert 0 < size <= CHUNK
        self.taken += size
        return b"x" * size


def chunked(client: APIClient, body: bytes, **extra: Any) -> Any:
    """As a server hands over a request with Transfer-Encoding: chunked."""
    environ = {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked", **extra}
    return send(client, ECHO, b"-", **environ)


@pytest.mark.parametrize("said", ["a", "A-b_c.9", "x" * 64])
def test_a_sane_request_id_is_taken_and_echoed(stranger: APIClient, said: str) -> None:
    answer = stranger.get(ECHO, headers={"X-Request-ID": said})

    assert (answer.headers["X-Request-ID"], answer.json()["request_id"]) == (said, said)


@pytest.mark.parametrize("said", ["", "x" * 65, "a b", "a\r\nSet-Cookie: b=c", "é", "a;b", "a\n"])
def test_any_other_request_id_is_replaced_by_a_fresh_one(stranger: APIClient, said: str) -> None:
    answer = stranger.get(ECHO, headers={"X-Request-ID": said})

    assert UUID(answer.headers["X-Request-ID"]).version == 7
    assert answer.json()["request_id"] == answer.headers["X-Request-ID"]


def test_log_lines_carry_the_request_id_while_the_request_lasts() -> None:
    seen: list[object] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append((structlog.contextvars.get_contextvars()["request_id"], request.META["HTTP_X_REQUEST_ID"]))
        return HttpResponse()

    RequestId(view)(RequestFactory().get("/", headers={"X-Request-ID": "abc"}))

    assert seen == [("abc", "abc")]
    assert "request_id" not in structlog.contextvars.get_contextvars()


def test_a_body_over_the_limit_is_a_413_and_let_go_of_in_pieces(stranger: APIClient) -> None:
    body = Endless()
    sent: dict[str, Any] = {"CONTENT_LENGTH": str(10**12), "wsgi.input": body}

    answer = send(stranger, ECHO, b"-", **sent)

    assert body.taken == LISTENS_TO

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["request_id"] == answer.headers["X-Request-ID"]


def test_a_body_of_just_the_limit_is_heard(stranger: APIClient) -> None:
    body = b'{"a": "' + b"x" * (project.BODY_LIMIT - 9) + b'"}'

    assert len(body) == project.BODY_LIMIT
    assert send(stranger, ECHO, body).status_code == 200


@pytest.mark.parametrize("length", ["-1", "+2", "abc", "1_0", "0x10", "2.0", "2, 2", "٣", "9" * 5000])
def test_a_length_that_is_no_number_is_a_400(stranger: APIClient, length: str) -> None:
    answer = send(stranger, ECHO, b"{}", CONTENT_LENGTH=length)

    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


def test_a_chunked_body_is_heard(stranger: APIClient) -> None:
    assert chunked(stranger, b'{"a": 1}').json() == {"heard": {"a": 1}}


def test_a_chunked_body_over_the_limit_is_a_413(stranger: APIClient) -> None:
    assert chunked(stranger, b"x" * (project.BODY_LIMIT + 1)).status_code == 413


def test_chunks_and_a_length_at_once_are_a_400(stranger: APIClient) -> None:
    assert chunked(stranger, b"{}", CONTENT_LENGTH="2").status_code == 400


def test_every_answer_carries_the_security_headers(stranger: APIClient) -> None:
    headers = stranger.get(ECHO).headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"


@pytest.mark.parametrize("path", [ECHO, "/api/v1/nowhere/", "/api/v1/failing/bug/", "/api/v1/failing/domain/"])
def test_no_cache_keeps_what_the_api_says(stranger: APIClient, path: str) -> None:
    assert stranger.get(path).headers["Cache-Control"] == "no-store"


def test_what_people_look_at_may_be_cached(stranger: APIClient) -> None:
    assert "Cache-Control" not in stranger.get("/pages/http404/").headers


@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_program_that_forgets_the_slash_is_told_404(
    stranger: APIClient, settings: Settings, debug: bool, method: str
) -> None:
    settings.DEBUG = debug

    assert stranger.generic(method, "/api/v1/echo").status_code == 404


def test_a_person_who_forgets_it_is_led_there(stranger: APIClient) -> None:
    assert stranger.get("/pages/http404").headers["Location"] == "/pages/http404/"
