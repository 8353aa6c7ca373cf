from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from common.tests.http.sending import send

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"[" * 100_000, 400, "too_deep"),
        (b'{"a": "\\u0000"}', 400, "invalid_character"),
        (b'{"a": "\\ud800"}', 400, "invalid_character"),
        (b'{"a": NaN}', 400, "malformed_json"),
        (b'{"a": 1, "a": 2}', 400, "duplicate_key"),
        (b"\xff", 400, "invalid_utf8"),
        (b"9" * 5000, 400, "number_out_of_range"),
    ],
)
def test_hostile_json_is_a_400_that_says_what_was_wrong(
    stranger: APIClient, body: bytes, status: int, code: str
) -> None:
    answer = send(stranger, "/api/v1/echo/", body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize(
    "kind",
    [JSON, "application/json; charset=utf-8", 'application/json; charset="UTF-8"', "application/json;charset=utf8"],
)
def test_json_in_utf_8_is_heard(stranger: APIClient, kind: str) -> None:
    answer = send(stranger, "/api/v1/echo/", '{"a": "é"}'.encode(), content_type=kind)

    assert answer.json() == {"heard": {"a": "é"}}


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application",
        "application/xml",
        "multipart/form-data; boundary=x",
        "application/json; charset=latin-1",
        "application/json; charset=",
        "",
        "/",
        ";",
        f"{FORM}; charset=utf-16",
    ],
)
def test_other_kinds_of_body_are_a_415(stranger: APIClient, kind: str) -> None:
    answer = send(stranger, "/api/v1/echo/?a=%41", b"{}", content_type=kind)

    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


def test_an_empty_body_is_an_empty_object(stranger: APIClient) -> None:
    assert send(stranger, "/api/v1/echo/", b"").json() == {"heard": {}}


def test_a_form_is_heard_as_plain_text(stranger: APIClient) -> None:
    answer = send(stranger, "/api/v1/echo/", b"token=a%2Bb+c&hint=", content_type=FORM)

    assert answer.json() == {"heard": {"token": "a+b c", "hint": ""}}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"token=a&token=b", "duplicate_key"),
        (b"token=a&token=a", "duplicate_key"),
        (b"token=%00", "invalid_character"),
        (b"%00=a", "invalid_character"),
        (b"token=%ff", "malformed_form"),
        (b"token=%ed%a0%80", "malformed_form"),
        (b"token=\xff", "malformed_form"),
        (b"&".join(b"f%d=1" % n for n in range(2000)), "malformed_form"),
    ],
)
def test_a_hostile_form_is_a_400(stranger: APIClient, body: bytes, code: str) -> None:
    answer = send(stranger, "/api/v1/echo/", body, content_type=FORM)

    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_a_form_is_refused_where_only_json_is_taken(signed_in: Callable[..., APIClient]) -> None:
    assert send(signed_in(), "/api/v1/notes/", b"title=a", content_type=FORM).status_code == 415
