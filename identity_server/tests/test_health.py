"""Probes: alive, ready, degraded."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any, ClassVar

import pytest
from django.db import OperationalError, connection
from django.test import Client
from health_check.exceptions import ServiceUnavailable

from identity_server.health import dependencies, readiness
from identity_server.health.dependencies import (
    Broker,
    Cache,
    Database,
    Dependency,
    Migrations,
    SigningKeyRotation,
    SigningKeys,
)
from tokens.services import keys

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class Sound(Dependency):
    name = "sound"

    def ask(self) -> None:
        """It answers."""


@dataclass
class Broken(Dependency):
    name = "broken"

    def ask(self) -> None:
        raise OperationalError("connection to server at db.internal failed")


@dataclass
class Dispensable(Broken):
    name = "dispensable"
    vital = False


@dataclass
class Hanging(Dependency):
    name = "hanging"
    release: ClassVar[Event] = Event()

    def ask(self) -> None:
        self.release.wait(30)


def test_it_is_alive_without_asking_anybody(client: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        answer = client.get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_probes_may_name_this_node_as_they_like(path: str, client: Client) -> None:
    answer = client.get(path, headers={"Host": "10.1.2.3:8000"})

    assert answer.status_code != 400


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_probes_are_answered_without_https(path: str, client: Client, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True

    assert client.get(path).status_code not in {301, 302}


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_probes_only_read(path: str, client: Client) -> None:
    answer = client.post(path)

    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_nobody_keeps_the_answer(path: str, client: Client) -> None:
    assert "no-store" in client.get(path)["Cache-Control"]


def test_it_is_not_ready_while_no_key_signs(client: Client) -> None:
    answer = client.get("/readyz")

    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert answer.json()["status"] == "unready"
    assert answer.json()["checks"]["signing_key"]["state"] == "down"


def test_it_is_ready_with_all_it_leans_on(client: Client) -> None:
    keys.ensure(at=datetime.now(UTC))

    answer = client.get("/readyz")

    assert answer.json()["status"] == "ready", answer.json()
    wanted = {"database", "cache", "broker", "migrations", "signing_key", "signing_key_rotation"}
    assert set(answer.json()["checks"]) == wanted
    assert all(check["milliseconds"] >= 0 for check in answer.json()["checks"].values())


def test_without_what_is_vital_it_does_not_serve() -> None:
    found = readiness.look([Sound, Broken])

    assert (found.serves, found.state) == (False, "unready")


def test_without_what_it_can_do_without_it_serves_on() -> None:
    found = readiness.look([Sound, Dispensable])

    assert (found.serves, found.state) == (True, "degraded")


def test_cache_broker_and_a_rotation_in_time_are_what_it_can_do_without() -> None:
    spared = {each.name for each in dependencies.DEPENDENCIES if not each.vital}

    assert spared == {"cache", "broker", "signing_key_rotation"}


def test_it_serves_on_with_a_key_that_should_have_been_rotated(client: Client) -> None:
    keys.ensure(at=datetime.now(UTC) - timedelta(days=34))

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert answer.json()["checks"]["signing_key_rotation"]["state"] == "down"


def test_what_hangs_is_given_up() -> None:
    (result,) = readiness.look([Hanging]).results
    Hanging.release.set()

    assert result.error
    assert result.time_taken < 3


def test_strangers_are_told_what_is_down_and_not_where_it_is() -> None:
    told = readiness.look([Broken]).body()

    assert told["checks"]["broken"]["state"] == "down"  # type: ignore[index]
    assert "db.internal" not in str(told)


@pytest.mark.parametrize("dependency", [Database, Cache, Broker, Migrations])
def test_each_finds_that_all_is_well(dependency: type[Dependency]) -> None:
    dependency().ask()


def test_a_migration_that_is_not_applied_is_missed() -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE django_migrations SET name = 'undone' WHERE app = 'tokens' AND name = '0001_initial'")

    try:
        with pytest.raises(ServiceUnavailable, match="1 migrations are not applied"):
            Migrations().ask()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE django_migrations SET name = '0001_initial' WHERE name = 'undone'")


def test_a_missing_signing_key_is_missed() -> None:
    with pytest.raises(ServiceUnavailable, match=r"manage\.py bootstrap"):
        SigningKeys().ask()


def test_a_key_of_another_algorithm_than_the_first_does_not_stand_in_for_it() -> None:
    keys.ensure(at=datetime.now(UTC), algorithm="EdDSA")

    with pytest.raises(ServiceUnavailable, match="no ES256 key signs"):
        SigningKeys().ask()


def test_the_log_says_why_the_rotation_is_missed() -> None:
    keys.ensure(at=datetime.now(UTC) - timedelta(days=34))

    with pytest.raises(ServiceUnavailable, match=r"ES256: .* Does beat run"):
        SigningKeyRotation().ask()


def test_a_cache_that_forgets_is_missed(settings: Any) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}

    with pytest.raises(ServiceUnavailable, match="does not remember"):
        Cache().ask()


def test_a_broker_that_is_down_is_missed_at_once() -> None:
    with pytest.raises(OSError, match="refused"):
        dependencies.ask_rabbitmq("amqp://127.0.0.1:1")


def test_a_broker_folder_that_cannot_be_written_is_missed(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path / "nowhere"

    with pytest.raises(ServiceUnavailable, match="cannot be written"):
        dependencies.ask_folder(tmp_path / "nowhere" / "messages")
