"""The clock at noon, a stranger who asks, the post that has been delivered, and a gate that is soon full."""

import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.cache import cache

from accounts.services import hashing_gate
from accounts.tests.fakes import Granted, Held
from accounts.tests.post import Post
from common.actors import Actor, ActorKind


@pytest.fixture
def stranger() -> Actor:
    """Somebody on the net, with an address and without an account."""
    return Actor(kind=ActorKind.ANONYMOUS, ip="203.0.113.7")


@pytest.fixture
def at_noon(noon: datetime) -> Iterator[None]:
    """Makes it noon for whoever looks at the clock."""
    with time_machine.travel(noon, tick=False):
        yield


@pytest.fixture
def post(db: None, at_noon: None, noon: datetime) -> Post:
    """What has been mailed, once all that is owed at noon is delivered."""
    return Post(noon)


@pytest.fixture
def granted(settings: Any) -> Iterator[type[Granted]]:
    """What people may do, as a test says; nothing at first."""
    settings.AUTHENTICATION_BACKENDS = ["accounts.backends.PasswordBackend", "accounts.tests.fakes.Granted"]
    yield Granted
    Granted.names.clear()
    Granted.out_of_reach.clear()


@pytest.fixture
def held(settings: Any) -> Iterator[type[Held]]:
    """Every hash begins, and ends when this test lets it."""
    settings.PASSWORD_HASHERS = [f"{Held.__module__}.Held"]
    Held.began, Held.may_end = threading.Semaphore(0), threading.Event()
    yield Held
    Held.may_end.set()


@pytest.fixture
def gate(settings: Any, tmp_path: Path) -> Path:
    """One slot, and one place to wait for it."""
    settings.VAR_DIR = tmp_path
    settings.HASHING_SLOTS = settings.HASHING_QUEUE = 1
    settings.HASHING_WAIT = timedelta(seconds=20)
    return tmp_path / "hashing"


@pytest.fixture
def full(gate: Path) -> Iterator[ExitStack]:
    """Somebody hashes and somebody waits, until this is closed."""
    with ExitStack() as taken:
        for kind in ("slot", "place"):
            taken.callback(os.close, hashing_gate._free(kind, 1) or 0)
        yield taken


@pytest.fixture(autouse=True)
def _full_budgets(settings: Any) -> Iterator[None]:
    """No test spends another one's courtesy."""
    cache.clear()
    yield
    cache.clear()
