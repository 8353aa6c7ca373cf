from io import BytesIO
from typing import Any

import pytest

from common.http.wsgi import Handler

# Each request looks after its database connections, whether it needs one or not.
pytestmark = pytest.mark.django_db


def status_of(**environ: Any) -> str:
    """What the server is told to answer, with nothing of Django's test client in between."""
    told: list[str] = []

    def start_response(status: str, *_: Any) -> Any:
        told.append(status)

    plain = {"REQUEST_METHOD": "GET", "PATH_INFO": "/api/v1/echo/", "SERVER_NAME": "testserver", "SERVER_PORT": "80"}
    Handler()({**plain, "wsgi.input": BytesIO(), "wsgi.url_scheme": "http", **environ}, start_response)
    return told[0]


def test_an_ordinary_request_is_answered() -> None:
    assert status_of() == "200 OK"


@pytest.mark.parametrize(
    "kind",
    [
        "application/json; charset=base64",
        "application/json; charset=punycode",
        "application/json; charset=unicode_escape",
        "application/json; charset=nonsense",
        "application/json; charset*=nonsense''utf-8",
        "application/json; x*=nonsense''1",
        "application/json; charset=a\0b",
    ],
)
def test_a_charset_that_lies_is_a_415_and_no_crash(kind: str) -> None:
    assert status_of(CONTENT_TYPE=kind, QUERY_STRING="a=%41%ff").startswith("415 ")


def test_a_flood_of_query_parameters_is_a_400_also_beside_a_charset() -> None:
    flood = "&".join(f"a{n}=1" for n in range(2000))

    assert status_of(CONTENT_TYPE="application/json; charset=utf-8", QUERY_STRING=flood).startswith("400 ")


@pytest.mark.parametrize("path", ["/api/v1/echo/\x00", "/api/v1/\xff\xfe", "/api/v1/\xed\xa0\x80/", "", "//api//"])
def test_a_path_of_any_bytes_leads_nowhere_quietly(path: str) -> None:
    assert status_of(PATH_INFO=path).startswith("404 ")


@pytest.mark.parametrize("accept", ["application/json; x*=nonsense''1", "application/xml", "text/html", "a" * 9000])
def test_a_format_that_we_do_not_speak_is_a_406(accept: str) -> None:
    assert status_of(HTTP_ACCEPT=accept).startswith("406 ")


@pytest.mark.parametrize("accept", ["*/*", "application/*", "application/json; indent=4", "text/html, */*;q=0.1"])
def test_json_is_given_to_whoever_can_read_it(accept: str) -> None:
    assert status_of(HTTP_ACCEPT=accept) == "200 OK"
