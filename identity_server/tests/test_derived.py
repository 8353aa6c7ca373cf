"""What Django is told about database, cache and mail."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import caches
from django.db.backends.sqlite3.base import DatabaseWrapper
from django.db.utils import ConnectionHandler
from django.test import override_settings

from identity_server.config import derived
from identity_server.tests.conftest import PRODUCTION, Load


def pragma(connection: DatabaseWrapper, name: str) -> Any:
    with connection.cursor() as cursor:
        return cursor.execute(f"PRAGMA {name}").fetchone()[0]


@pytest.fixture
def sqlite(db: None, configured: Load) -> Iterator[Any]:
    """A connection as the embedded server opens it, to a file of this test's own."""
    connection = ConnectionHandler({"default": derived.database(configured())})["default"]
    yield connection
    connection.close()


@pytest.mark.parametrize(
    ("name", "value"),
    [("journal_mode", "wal"), ("synchronous", 1), ("busy_timeout", 20_000), ("foreign_keys", 1)],
)
def test_sqlite_lets_readers_and_the_writer_work_side_by_side(name: str, value: object, sqlite: Any) -> None:
    assert pragma(sqlite, name) == value


def test_a_transaction_begins_as_a_writer(sqlite: Any) -> None:
    sqlite.ensure_connection()

    assert sqlite.transaction_mode == "IMMEDIATE"


def test_the_database_url_says_where_postgresql_is(configured: Load) -> None:
    url = "postgresql://us%40er:p%2Fw@db.example.com:6543/ids?sslmode=verify-full"
    found = derived.database(configured(**PRODUCTION | {"DATABASE_URL": url}))

    assert (found["HOST"], found["PORT"], found["NAME"]) == ("db.example.com", "6543", "ids")
    assert (found["USER"], found["PASSWORD"]) == ("us@er", "p/w")
    assert found["OPTIONS"]["sslmode"] == "verify-full"


def test_postgresql_waits_for_nothing_without_end(configured: Load) -> None:
    limits = {"DATABASE_LOCK_TIMEOUT": "2s", "DATABASE_STATEMENT_TIMEOUT": "1m", "DATABASE_CONNECT_TIMEOUT": "3s"}
    options = derived.database(configured(**PRODUCTION, **limits))["OPTIONS"]

    assert options["options"] == "-c lock_timeout=2000 -c statement_timeout=60000 -c jit=off"
    assert options["connect_timeout"] == 3


def test_connections_come_from_a_pool(configured: Load) -> None:
    found = derived.database(configured(**PRODUCTION, DATABASE_POOL_MIN="2", DATABASE_POOL_MAX="20"))

    assert found["OPTIONS"]["pool"] == {"min_size": 2, "max_size": 20, "timeout": 2.0, "reconnect_timeout": 5}


def test_each_process_remembers_for_itself_without_redis(configured: Load) -> None:
    assert derived.cache(configured())["BACKEND"].endswith("LocMemCache")


def test_redis_gets_one_attempt_of_300_milliseconds(configured: Load) -> None:
    options = derived.cache(configured(REDIS_URL="redis://redis:6379/1"))["OPTIONS"]

    assert options["SOCKET_TIMEOUT"] == options["SOCKET_CONNECT_TIMEOUT"] == 0.3
    assert options["CONNECTION_POOL_KWARGS"]["retry"].get_retries() == 0


def test_a_redis_that_is_down_answers_like_an_empty_cache(configured: Load) -> None:
    with override_settings(CACHES={"default": derived.cache(configured(REDIS_URL="redis://127.0.0.1:1/0"))}):
        caches["default"].set("name", "value")

        assert caches["default"].get("name", "nothing") == "nothing"
        assert caches["default"].incr("name") is None


def test_mail_goes_to_a_folder_without_a_mail_server(configured: Load) -> None:
    assert derived.mail(configured())["EMAIL_BACKEND"] == "identity_server.mail.EmlBackend"


@pytest.mark.parametrize(
    ("url", "port", "ssl", "tls"),
    [
        ("smtp://mail.example.com", 25, False, False),
        ("smtps://mail.example.com", 465, True, False),
        ("smtp+tls://mail.example.com", 587, False, True),
        ("smtp+tls://mail.example.com:2525", 2525, False, True),
    ],
)
def test_the_mail_url_says_how_it_is_encrypted(url: str, port: int, ssl: bool, tls: bool, configured: Load) -> None:
    found = derived.mail(configured(EMAIL_URL=url))

    assert found["EMAIL_HOST"] == "mail.example.com"
    assert (found["EMAIL_PORT"], found["EMAIL_USE_SSL"], found["EMAIL_USE_TLS"]) == (port, ssl, tls)


def test_the_mail_server_may_want_a_password_and_does_not_keep_us_waiting(configured: Load) -> None:
    found = derived.mail(configured(EMAIL_URL="smtp://us%40er:p%3Aw@mail", EMAIL_TIMEOUT="3s"))

    assert (found["EMAIL_HOST_USER"], found["EMAIL_HOST_PASSWORD"]) == ("us@er", "p:w")
    assert found["EMAIL_TIMEOUT"] == 3
