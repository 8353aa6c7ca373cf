"""What this server leans on, each asked a small question. They end by themselves or are given up: see `readiness`."""

import os
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import ClassVar
from uuid import uuid4

from celery import current_app
from django.conf import settings
from django.core.cache import cache as the_cache
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone
from health_check.base import HealthCheck
from health_check.exceptions import ServiceUnavailable
from kombu import Connection
from kombu.exceptions import KombuError

from tokens import key_watch
from tokens.models import KeyState, SigningKey


@dataclass
class Dependency(HealthCheck):  # type: ignore[misc]
    """`vital`: without it this node cannot do its work. The others it can do without for a while, only slower or later."""

    name: ClassVar[str]
    vital: ClassVar[bool] = True
    # health_check adds a second to it, for the client's own timeouts to speak first.
    timeout = timedelta(milliseconds=500)

    def run(self) -> None:
        try:
            self.ask()
        except (DatabaseError, KombuError, OSError) as error:
            raise ServiceUnavailable(type(error).__name__) from error
        finally:
            connection.close()

    def ask(self) -> None:
        raise NotImplementedError


@dataclass
class Database(Dependency):
    name = "database"

    def ask(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")


@dataclass
class Migrations(Dependency):
    name = "migrations"

    def ask(self) -> None:
        missing = _known_migrations() - set(MigrationRecorder(connection).applied_migrations())
        if missing:
            raise ServiceUnavailable(f"{len(missing)} migrations are not applied")


@cache
def _known_migrations() -> frozenset[tuple[str, str]]:
    # The code does not change while it runs, so the files are read once.
    return frozenset(MigrationLoader(None, ignore_no_migrations=True).graph.nodes)


@dataclass
class SigningKeys(Dependency):
    name = "signing_key"

    def ask(self) -> None:
        wanted = settings.SIGNING_ALGORITHM
        if not SigningKey.objects.filter(state=KeyState.ACTIVE, algorithm=wanted).exists():
            raise ServiceUnavailable(f"no {wanted} key signs; run manage.py bootstrap")


@dataclass
class SigningKeyRotation(Dependency):
    """Late, the old key signs on: nothing breaks, but a key that somebody copied stays good for longer than was promised."""

    name = "signing_key_rotation"
    vital = False

    def ask(self) -> None:
        late = key_watch.overdue(at=timezone.now())
        if late:
            raise ServiceUnavailable(key_watch.words_for(late))


@dataclass
class Cache(Dependency):
    """Down, the database answers in its place."""

    name = "cache"
    vital = False

    def ask(self) -> None:
        key = f"readyz:{uuid4().hex}"
        the_cache.set(key, 1, timeout=5)
        if the_cache.get(key) != 1:
            raise ServiceUnavailable("it does not remember")


@dataclass
class Broker(Dependency):
    """Down, events wait in the outbox."""

    name = "broker"
    vital = False

    def ask(self) -> None:
        if settings.BROKER_EMBEDDED:
            ask_folder(settings.VAR_DIR / "broker" / "messages")
        else:
            ask_rabbitmq(current_app.conf.broker_url)


def ask_rabbitmq(url: str) -> None:
    with Connection(url, connect_timeout=1) as broker:
        # Not `connect`, which would try again and again until it is given up.
        broker.transport.establish_connection().close()


def ask_folder(folder: Path) -> None:
    # It is made by whoever sends first; until then its parent has to let us.
    nearest = folder if folder.exists() else settings.VAR_DIR
    if not os.access(nearest, os.W_OK):
        raise ServiceUnavailable("its folder cannot be written")


DEPENDENCIES: tuple[type[Dependency], ...] = (
    Database,
    Cache,
    Broker,
    Migrations,
    SigningKeys,
    SigningKeyRotation,
)
