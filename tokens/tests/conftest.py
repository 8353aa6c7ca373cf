"""Alice, signed in at noon; and a Redis of the tests' own for what nodes remember together."""

import signal
from collections.abc import Iterator
from datetime import datetime

import pytest
from django.conf import LazySettings

from accounts.models import User
from common import stamps
from common.actors import SYSTEM
from tokens.models import Session
from tokens.services import issuing, sessions
from tokens.services.issuing import Issued
from tokens.tests.redis_server import RedisServer
from tokens.tests.scenes import Scene, a_second_later


@pytest.fixture
def session(alice: User, noon: datetime) -> Session:
    """Where she is signed in."""
    return sessions.start(alice, amr=["pwd"], actor=SYSTEM, at=noon)


@pytest.fixture
def first(session: Session, noon: datetime) -> Issued:
    """The first pair of tokens that her session gave."""
    return issuing.issue(session, at=noon)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    running = RedisServer(tmp_path_factory.mktemp("redis"))
    running.start()
    yield running
    running.stop()


@pytest.fixture
def redis(server: RedisServer, settings: LazySettings) -> Iterator[RedisServer]:
    """Shared by all nodes; it runs, it is empty, and nobody has had trouble with it."""
    settings.CACHES = {"default": server.as_cache()}
    settings.CACHE_SHARED = True
    server.ask().flushall()
    a_second_later()
    stamps.forget_failures()
    yield server
    if server.process is None:
        server.start()
    server.send(signal.SIGCONT)
    a_second_later()


@pytest.fixture
def scene(redis: RedisServer, alice: User) -> Scene:
    return Scene(alice)
