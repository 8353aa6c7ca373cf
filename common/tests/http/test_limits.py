import re
from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient
from time_machine import TimeMachineFixture

HURRIED = "/api/v1/hurried/"


@pytest.fixture
def clock(time_machine: TimeMachineFixture) -> TimeMachineFixture:
    """Stands still, twenty seconds into a minute."""
    time_machine.move_to(1_800_000_020, tick=False)
    return time_machine


def test_each_answer_tells_the_policy_and_what_is_left(
    stranger: APIClient, clock: TimeMachineFixture, settings: Any
) -> None:
    settings.API_RATE_LIMIT = "600/min"

    answer = stranger.get("/api/v1/echo/")

    assert answer.headers["RateLimit-Policy"] == '"api";q=600;w=60'
    assert answer.headers["RateLimit"] == '"api";r=599;t=40'


def test_whoever_has_spent_all_is_told_when_to_come_again(stranger: APIClient, clock: TimeMachineFixture) -> None:
    answers = [stranger.get(HURRIED) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert (answers[2].json()["code"], answers[2].headers["Retry-After"]) == ("throttled", "40")
    assert '"hurried";r=0;t=40' in answers[2].headers["RateLimit"]


def test_the_next_window_brings_a_new_budget(stranger: APIClient, clock: TimeMachineFixture) -> None:
    for _ in range(3):
        stranger.get(HURRIED)
    clock.shift(40)

    assert stranger.get(HURRIED).status_code == 200


def test_one_caller_spends_nothing_of_anothers(
    signed_in: Callable[..., APIClient], stranger: APIClient, settings: Any, clock: TimeMachineFixture
) -> None:
    settings.API_RATE_LIMIT = "1/min"
    callers = [signed_in("note:view", pk=1), signed_in("note:view", pk=2)]

    statuses = [caller.get("/api/v1/notes/7/").status_code for caller in callers * 2]

    assert statuses == [200, 200, 429, 429]
    assert stranger.get("/api/v1/echo/").status_code == 200


def test_strangers_are_told_apart_by_the_address_that_a_trusted_proxy_names(
    stranger: APIClient, settings: Any, clock: TimeMachineFixture
) -> None:
    settings.API_RATE_LIMIT, settings.TRUSTED_PROXIES = "1/min", ["127.0.0.0/8"]

    statuses = [
        stranger.get("/api/v1/echo/", headers={"X-Forwarded-For": ip}).status_code
        for ip in ("203.0.113.7", "203.0.113.8", "1.1.1.1, 203.0.113.7")
    ]

    assert statuses == [200, 200, 429]


def test_the_headers_are_structured_fields(stranger: APIClient) -> None:
    item = r'"[a-z_]+"(;[a-z]=\d+)+'

    headers = stranger.get(HURRIED).headers

    assert re.fullmatch(rf"{item}, {item}", headers["RateLimit"])
    assert re.fullmatch(rf"{item}, {item}", headers["RateLimit-Policy"])
