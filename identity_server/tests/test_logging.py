"""The log: nothing secret, and no line that somebody else has written (security J6, J7)."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from identity_server.logging import QUIET, NotOften, clean, escape
from identity_server.tests.writing import log_lines

JWT = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl"
SECRET = [
    "password",
    "new_password",
    "client_secret",
    "Authorization",
    "Set-Cookie",
    "refresh",
    "access_token",
    "otp",
    "api_key",
]


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    with log_lines(json=True) as stream:
        yield stream


FORGERIES = ["\r\nINFO forged", "\x1b[2Jgone", "\u2028forged", "\x85forged", "\u202eforged", "\x00"]


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_value_cannot_begin_a_line_or_steer_a_terminal(forgery: str) -> None:
    assert escape(f"before{forgery}").isprintable()


@pytest.mark.parametrize("text", ["plain", "Zoë", "日本", "a\\b"])
def test_other_text_is_left_as_it_is(text: str) -> None:
    assert escape(text) == text


@pytest.mark.parametrize("name", SECRET)
def test_fields_that_hold_secrets_are_masked_by_their_name(name: str) -> None:
    assert clean({name: "hunter2", "other": 1}) == {name: "[masked]", "other": 1}


@pytest.mark.parametrize("name", ["user_id", "code", "task", "token_count", "accessed", "keys"])
def test_other_fields_are_told(name: str) -> None:
    assert clean({name: "told"}) == {name: "told"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"Bearer {JWT}", "Bearer [masked]"),
        ("with idk_0123456789abcdefghij", "with [masked]"),
        ("https://id.example.com/x?token=abcdefghijk&y=1", "https://id.example.com/x?token=[masked]&y=1"),
        ("signed whsec_0123456789abcdefgh", "signed [masked]"),
        ("mailed " + "idl_" + "0123456789abcdef" * 4, "mailed [masked]"),
    ],
)
def test_secrets_are_masked_by_their_shape_in_any_field(text: str, told: str) -> None:
    assert clean({"event": [text]}) == {"event": [told]}


def test_an_event_is_one_line_of_json(lines: io.StringIO) -> None:
    structlog.get_logger("said").warning("it_happened", agent="curl\r\nforged", password="hunter2", count=2)

    (line,) = lines.getvalue().splitlines()
    told = json.loads(line)
    assert (told["event"], told["level"], told["logger"]) == ("it_happened", "warning", "said")
    assert (told["agent"], told["password"], told["count"]) == ("curl\\r\\nforged", "[masked]", 2)


@pytest.mark.parametrize("name", QUIET)
def test_what_goes_well_is_not_told_by_everybody(lines: io.StringIO, name: str) -> None:
    log = structlog.get_logger(name)

    log.info("it went well")
    log.warning("it did not")

    assert [json.loads(line)["event"] for line in lines.getvalue().splitlines()] == ["it did not"]


def test_what_is_beneath_the_level_is_not_told(lines: io.StringIO) -> None:
    structlog.get_logger("said").debug("a detail")

    assert not lines.getvalue()


def test_what_others_log_is_told_alike(lines: io.StringIO) -> None:
    logging.getLogger("said").warning("refused %s", "a\nb")

    assert json.loads(lines.getvalue())["event"] == "refused a\\nb"


def test_an_exception_is_on_the_same_line(lines: io.StringIO) -> None:
    logging.getLogger("said").error("it failed", exc_info=ValueError(JWT))

    (line,) = lines.getvalue().splitlines()
    assert "ValueError: [masked]" in json.loads(line)["exception"]


def test_the_request_is_named_on_every_line(lines: io.StringIO) -> None:
    with structlog.contextvars.bound_contextvars(request_id="one"):
        logging.getLogger("said").warning("it happened")

    assert json.loads(lines.getvalue())["request_id"] == "one"


def test_the_same_complaint_is_not_made_each_time() -> None:
    record = logging.makeLogRecord({"msg": "the cache is down"})
    often, seldom = NotOften(seconds=0), NotOften(seconds=60)

    assert [often.filter(record) for _ in range(3)] == [True, True, True]
    assert [seldom.filter(record) for _ in range(3)] == [True, False, False]
