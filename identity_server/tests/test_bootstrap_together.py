"""Two nodes that start together."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from threading import Barrier

import pytest
from django.db import connection
from django_celery_beat.models import PeriodicTask
from pytest_django import Settings

from accounts.models import User
from identity_server import bootstrap
from identity_server.administrators import Welcome
from identity_server.schedule import SCHEDULE
from rbac.models import Role
from tokens.models import SigningKey

NODES = 4


@pytest.fixture
def welcomes(settings: Settings, tmp_path: Path, noon: datetime, transactional_db: None) -> Iterator[list[Welcome]]:
    """What the nodes of one fresh server told, after all began at the same moment."""
    settings.VAR_DIR = tmp_path
    settings.ADMIN_EMAIL, settings.ADMIN_PASSWORD = "root@example.org", ""
    together = Barrier(NODES)

    def start(_: int) -> Welcome | None:
        try:
            together.wait()
            return bootstrap.run(keep_password=True, at=noon)
        finally:
            connection.close()

    with ThreadPoolExecutor(NODES) as nodes:
        yield [welcome for welcome in nodes.map(start, range(NODES)) if welcome]


@pytest.mark.services
def test_nodes_that_start_together_make_everything_once(welcomes: list[Welcome]) -> None:
    assert len(welcomes) == 1
    assert User.objects.get().check_password(welcomes[0].password)
    assert (SigningKey.objects.count(), Role.objects.filter(is_builtin=True).count()) == (1, 4)
    assert PeriodicTask.objects.filter(name__in=SCHEDULE).count() == len(SCHEDULE)
