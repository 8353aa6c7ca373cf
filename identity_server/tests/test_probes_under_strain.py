"""What machines are told of a node in trouble, and who may read its figures."""

import time
from dataclasses import dataclass
from threading import Event
from typing import Any, ClassVar

import pytest
from django.db import OperationalError
from django.test import Client, RequestFactory
from kombu.exceptions import KombuError

from identity_server.health import admission, readiness
from identity_server.health.dependencies import Dependency

pytestmark = pytest.mark.wide

TOKEN = "a-token-for-the-scraper"


@dataclass
class Sound(Dependency):
    name = "sound"

    def ask(self) -> None:
        """It answers."""


@dataclass
class Failing(Dependency):
    name = "failing"
    error: ClassVar[Exception] = OperationalError("password authentication failed for 10.0.0.7")

    def ask(self) -> None:
        raise self.error


@dataclass
class Luxury(Failing):
    name = "luxury"
    vital = False


@dataclass
class Stuck(Dependency):
    name = "stuck"
    vital = False
    release: ClassVar[Event] = Event()

    def ask(self) -> None:
        self.release.wait(30)


@dataclass
class StuckToo(Stuck):
    name = "stuck_too"


def may(address: str, path: str = "/metrics", **headers: str) -> bool:
    return admission.may_scrape(RequestFactory().get(path, REMOTE_ADDR=address, headers=headers))


@pytest.mark.parametrize(
    ("leans_on", "serves", "state"),
    [
        ([], True, "ready"),
        ([Sound], True, "ready"),
        ([Sound, Luxury], True, "degraded"),
        ([Luxury], True, "degraded"),
        ([Failing], False, "unready"),
        ([Sound, Luxury, Failing], False, "unready"),
    ],
)
@pytest.mark.django_db(transaction=True)
def test_one_vital_thing_that_is_down_outweighs_all_the_rest(
    leans_on: list[type[Dependency]], serves: bool, state: str
) -> None:
    found = readiness.look(leans_on)

    assert (found.serves, found.state) == (serves, state)
    assert found.body()["status"] == state


@pytest.mark.parametrize(
    "error", [OperationalError("x"), KombuError("x"), ConnectionResetError("x"), TimeoutError("x")]
)
@pytest.mark.django_db(transaction=True)
def test_however_a_dependency_fails_it_is_down_and_the_others_are_asked(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Failing, "error", error)

    checks: Any = readiness.look([Failing, Sound]).body()["checks"]

    assert {name: check["state"] for name, check in checks.items()} == {"failing": "down", "sound": "up"}


@pytest.mark.django_db(transaction=True)
def test_what_is_told_is_a_state_and_a_time_and_nothing_else() -> None:
    body = readiness.look([Sound, Failing]).body()

    checks: Any = body["checks"]
    assert set(body) == {"status", "checks"}
    assert {frozenset(check) for check in checks.values()} == {frozenset({"state", "milliseconds"})}
    assert "10.0.0.7" not in str(body)


@pytest.mark.django_db(transaction=True)
def test_two_that_hang_take_no_longer_than_one() -> None:
    began = time.monotonic()

    found = readiness.look([Stuck, Sound, StuckToo])
    took = time.monotonic() - began
    Stuck.release.set()

    assert found.state == "degraded"
    assert [bool(result.error) for result in found.results] == [True, False, True]
    assert took < 3


@pytest.mark.django_db(transaction=True)
def test_a_probe_that_wants_no_body_gets_the_same_status(client: Client) -> None:
    asked, headed = client.get("/readyz"), client.head("/readyz")

    assert (headed.status_code, headed["Retry-After"]) == (asked.status_code, asked["Retry-After"]) == (503, "5")


@pytest.mark.parametrize("path", ["/healthz/", "/readyz/", "/metrics/", "/READYZ", "/metrics%00"])
@pytest.mark.django_db
def test_only_the_exact_path_is_a_probe(path: str, client: Client) -> None:
    answer = client.get(path)

    assert answer.status_code == 404
    assert b"identity_" not in answer.content


@pytest.mark.parametrize(
    ("proxies", "address", "forwarded", "admitted"),
    [
        ([], "127.0.0.1", "", False),
        ([], "127.0.0.1", "127.0.0.1", False),
        ([], "203.0.113.7", "127.0.0.1", False),
        (["10.0.0.0/8"], "203.0.113.7", "127.0.0.1", False),
        (["10.0.0.0/8"], "10.1.1.1", "127.0.0.1", True),
        (["10.0.0.0/8"], "10.1.1.1", "127.0.0.1, 203.0.113.7", False),
        (["10.0.0.0/8"], "10.1.1.1", "127.0.0.1, junk", False),
        (["10.0.0.0/8"], "10.1.1.1", "203.0.113.7, 127.0.0.1", True),
        (["10.0.0.0/8"], "10.1.1.1", "127.0.0.1, 10.2.2.2", True),
        (["10.0.0.0/8"], "10.1.1.1", "[::1]:4711", True),
        (["10.0.0.0/8"], "10.1.1.1", "localhost", False),
    ],
)
def test_an_address_is_believed_as_far_as_our_proxies_vouch(
    proxies: list[str], address: str, forwarded: str, admitted: bool, settings: Any
) -> None:
    settings.TRUSTED_PROXIES = proxies

    assert may(address, **{"X-Forwarded-For": forwarded}) is admitted


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "10.1.2.3"])
def test_an_empty_list_of_networks_closes_the_figures_to_all_but_the_token(address: str, settings: Any) -> None:
    settings.METRICS_ALLOWED, settings.METRICS_TOKEN = [], TOKEN

    assert not may(address)
    assert may(address, Authorization=f"Bearer {TOKEN}")


@pytest.mark.parametrize(
    "shown", [f"Bearer  {TOKEN}", f"Bearer {TOKEN} ", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", ""]
)
def test_the_token_is_taken_to_the_letter(shown: str, settings: Any) -> None:
    settings.METRICS_TOKEN = TOKEN

    assert not may("203.0.113.7", Authorization=shown)


@pytest.mark.parametrize("name", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
def test_the_token_opens_the_figures_also_through_a_proxy(name: str, settings: Any) -> None:
    settings.METRICS_TOKEN = TOKEN

    assert may("127.0.0.1", **{name: "203.0.113.7", "Authorization": f"Bearer {TOKEN}"})


@pytest.mark.parametrize("query", [f"?token={TOKEN}", f"?access_token={TOKEN}", f"?Authorization=Bearer+{TOKEN}"])
def test_a_token_in_the_address_opens_nothing(query: str, settings: Any) -> None:
    settings.METRICS_TOKEN = TOKEN

    assert not may("203.0.113.7", f"/metrics{query}")
