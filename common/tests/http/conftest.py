"""People who need no table, and clients that reach the small API of `views.py`."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from django.core.cache import cache
from pytest_django import Settings
from rest_framework.test import APIClient

from common.actors import ActorKind

MIDDLEWARE = [
    "common.http.middleware.RequestId",
    "common.http.middleware.SecurityHeaders",
    "common.http.middleware.BodyLimit",
    "common.http.middleware.Slashes",
]


@dataclass
class Person:
    """Somebody signed in, who holds what she is given."""

    pk: UUID
    holds: set[str] = field(default_factory=set)
    is_authenticated: bool = True
    actor_kind: ActorKind = ActorKind.USER
    bounds: frozenset[str] | None = None
    is_active: bool = True

    def has_perm(self, permission: str, obj: object = None) -> bool:
        return permission in self.holds and obj != "locked"


@pytest.fixture(autouse=True)
def wired(settings: Settings) -> Iterator[None]:
    """The small API behind the real middleware, with budgets unspent."""
    settings.ROOT_URLCONF = "common.tests.http.urls"
    settings.MIDDLEWARE = MIDDLEWARE
    settings.PUBLIC_URL = "https://id.example.org"
    settings.TRUSTED_PROXIES = []
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def stranger() -> APIClient:
    """A client without credentials; a bug on the server's side is an answer to it."""
    return APIClient(raise_request_exception=False)


@pytest.fixture
def signed_in() -> Callable[..., APIClient]:
    """A client of somebody who holds the permissions named."""

    def client(*holds: str, pk: int = 1, **traits: Any) -> APIClient:
        found = APIClient(raise_request_exception=False)
        somebody: Any = Person(UUID(int=pk), set(holds), **traits)
        found.force_authenticate(somebody)
        return found

    return client
