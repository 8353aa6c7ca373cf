"""Between two tasks a worker gives its connections back, and keeps the pool that they come from."""

import os
from typing import Any

import pytest
from django.db import connection

from identity_server.celery import app
from identity_server.lending import LendingWorkerFixup, fixup


def test_it_is_the_one_fixup_of_our_app() -> None:
    assert app.fixups == ["identity_server.lending:fixup"]  # type: ignore[attr-defined]  # celery-types lacks it
    assert isinstance(fixup(app).worker_fixup, LendingWorkerFixup)  # type: ignore[arg-type]  # our tasks are tasks


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("DATABASE_URL" not in os.environ, reason="there is no pool without a database server")
def test_a_task_leaves_the_pool_open_and_nothing_out_of_it() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    pool: Any = connection.pool  # type: ignore[attr-defined]  # only PostgreSQL's wrapper has one

    LendingWorkerFixup(app).close_database()

    assert (connection.connection, pool.closed) == (None, False)
