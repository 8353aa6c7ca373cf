"""Who may read the metrics, and what they say."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client, RequestFactory

from events.metrics import WaitingWork
from identity_server.health import admission, metrics

TOKEN = "a-token-for-the-scraper"
pytestmark = pytest.mark.django_db


def may(address: str, **headers: str) -> bool:
    return admission.may_scrape(RequestFactory().get("/metrics", REMOTE_ADDR=address, headers=headers))


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_this_machine_may_read_them(address: str) -> None:
    assert may(address)


@pytest.mark.parametrize("address", ["10.0.0.1", "203.0.113.7", "2001:db8::1", "", "unix:"])
def test_others_may_not(address: str) -> None:
    assert not may(address)


def test_the_operator_says_which_networks_may(settings: Any) -> None:
    settings.METRICS_ALLOWED = ["10.0.0.0/8"]

    assert may("10.1.2.3")
    assert not may("127.0.0.1")


@pytest.mark.parametrize("name", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
def test_a_proxy_that_nobody_declared_lends_its_address_to_nobody(name: str) -> None:
    assert not may("127.0.0.1", **{name: "203.0.113.7"})


def test_behind_a_trusted_proxy_the_address_behind_it_counts(settings: Any) -> None:
    settings.TRUSTED_PROXIES = ["127.0.0.1/32"]
    settings.METRICS_ALLOWED = ["10.0.0.0/8"]

    assert may("127.0.0.1", **{"X-Forwarded-For": "10.1.2.3"})
    assert not may("127.0.0.1", **{"X-Forwarded-For": "203.0.113.7"})
    assert not may("127.0.0.1", **{"X-Forwarded-For": "10.1.2.3, 203.0.113.7"})


@pytest.mark.parametrize("shown", [f"Bearer {TOKEN}", f"bearer {TOKEN}"])
def test_whoever_shows_the_token_may_read_them_from_anywhere(shown: str, settings: Any) -> None:
    settings.METRICS_TOKEN = TOKEN

    assert may("203.0.113.7", Authorization=shown)


@pytest.mark.parametrize("shown", ["Bearer wrong", f"Basic {TOKEN}", TOKEN, "Bearer ", "Bearer \xff"])
def test_nothing_else_is_the_token(shown: str, settings: Any) -> None:
    settings.METRICS_TOKEN = TOKEN

    assert not may("203.0.113.7", Authorization=shown)


def test_an_unset_token_opens_nothing() -> None:
    assert not may("203.0.113.7", Authorization="Bearer ")


def test_who_may_not_is_told_what_to_set(client: Client) -> None:
    answer = client.get("/metrics", REMOTE_ADDR="203.0.113.7")

    assert answer.status_code == 403
    assert b"METRICS_ALLOWED" in answer.content
    assert b"identity_" not in answer.content


def test_they_tell_requests_waiting_work_and_keys(client: Client) -> None:
    client.get("/api/v1/nowhere")

    answer = client.get("/metrics")

    assert answer["Content-Type"].startswith("text/plain; version=")
    assert b'identity_http_requests_total{method="GET",route="",status="404"}' in answer.content
    assert b"identity_outbox_waiting 0.0" in answer.content
    assert b"identity_signing_key_rotation_overdue 1.0" in answer.content


def test_a_stranger_makes_no_series_of_his_own(client: Client) -> None:
    client.generic("PROPFIND", "/api/v1/whatever-he-makes-up")

    answer = client.get("/metrics")

    assert b"PROPFIND" not in answer.content
    assert b"whatever" not in answer.content
    assert b'method="other"' in answer.content


def test_the_counts_of_all_processes_are_summed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = "from prometheus_client import Counter; Counter('visits', 'Visits.').inc(2)"
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    for _ in range(2):
        subprocess.run([sys.executable, "-c", program], check=True)

    assert b"\nvisits_total 4.0\n" in metrics.page()


def test_the_counters_are_told_while_the_database_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    def down(_: object) -> None:
        raise OperationalError("the database is down")

    monkeypatch.setattr(WaitingWork, "collect", down)

    assert b"python_info" in metrics.page()
