"""Which connections the pool asks whether they live, on PostgreSQL."""

import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection
from psycopg_pool import ConnectionPool

from identity_server.database import base

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def lent() -> Iterator[Any]:
    if not connection.settings_dict["OPTIONS"].get("pool"):
        pytest.skip("no connections are lent here")
    connection.close()
    yield connection
    connection.close()


def asked() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def kill_all() -> None:
    """As a restart of the database does."""
    settings = connection.settings_dict
    where = {"host": settings["HOST"], "port": settings["PORT"], "user": settings["USER"], "dbname": settings["NAME"]}
    others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with psycopg.connect(**where, autocommit=True) as other:
        other.execute(f"SELECT pg_terminate_backend(pid, 5000) {others}")


def lives() -> bool:
    try:
        asked()
    except OperationalError:
        return False
    finally:
        connection.close()
    return True


@pytest.mark.parametrize(("rested", "asks"), [(0.5, 0), (1.5, 1)])
def test_only_one_that_has_rested_is_asked_whether_it_lives(
    rested: float, asks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    questions: list[object] = []
    monkeypatch.setattr(ConnectionPool, "check_connection", questions.append)

    base.check(SimpleNamespace(came_back_at=time.monotonic() - rested))

    assert len(questions) == asks


def test_one_that_died_within_a_moment_fails_and_is_replaced(lent: Any) -> None:
    asked()
    lent.close()
    kill_all()

    assert not lives()
    assert any(lives() for _ in range(lent.settings_dict["OPTIONS"]["pool"]["max_size"] + 5))
