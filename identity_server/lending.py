"""Celery's fixup for Django, but for one thing: between two tasks a connection goes back to the pool, and the pool stays."""

import os
from typing import Any

from celery import Celery
from celery.fixups.django import DjangoFixup, DjangoWorkerFixup  # type: ignore[attr-defined]  # celery-types lacks it
from django.db import connections


class LendingWorkerFixup(DjangoWorkerFixup):  # type: ignore[misc]  # as above
    """After each task Celery would end the pool with its connections, and the next task would wait for a new one."""

    def close_database(self, **_: Any) -> None:
        for connection in connections.all(initialized_only=True):
            connection.close()


class LendingFixup(DjangoFixup):
    _worker_fixup: Any

    @property
    def worker_fixup(self) -> Any:
        if self._worker_fixup is None:
            self._worker_fixup = LendingWorkerFixup(self.app)
        return self._worker_fixup


def fixup(app: Celery) -> LendingFixup:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "identity_server.settings")
    found = LendingFixup(app)
    found.install()
    return found
