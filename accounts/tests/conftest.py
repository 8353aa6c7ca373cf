"""The clock at noon, a stranger who asks, and the post that has been delivered."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import time_machine
from django.core.cache import cache

from accounts.tests.fakes import Granted
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


@pytest.fixture(autouse=True)
def _full_budgets(settings: Any) -> Iterator[None]:
    """No test spends another one's courtesy."""
    cache.clear()
    yield
    cache.clear()
