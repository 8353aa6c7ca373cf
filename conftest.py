"""The cast and the clock that all tests share."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import settings as hypothesis_settings
from rest_framework.test import APIClient

from accounts import addresses
from accounts.models import User
from common import throttle
from rbac import compiled
from tokens import keyring

# A busy machine must not fail an example for being slow.
hypothesis_settings.register_profile("house", deadline=None, database=None)
hypothesis_settings.load_profile("house")

PASSWORD = "correct horse battery staple"


@pytest.fixture(autouse=True)
def _fresh_memory() -> None:
    """A process remembers signing keys, what roles give and what it has counted of callers, but all that goes with each test."""
    keyring.forget()
    compiled.forget()
    throttle.forget()


@pytest.fixture
def noon() -> datetime:
    return datetime(2030, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def person(db: None) -> Callable[..., User]:
    """Makes somebody with a verified address and the password `PASSWORD`."""

    def make(name: str, **traits: object) -> User:
        born = datetime(2020, 1, 1, tzinfo=UTC)
        email = f"{name}@example.org"
        user = User(
            email=email,
            email_canonical=addresses.canonical(email),
            display_name=name.title(),
            email_verified_at=born,
            password_changed_at=born,
            created_at=born,
            updated_at=born,
        )
        for trait, value in traits.items():
            setattr(user, trait, value)
        user.set_password(PASSWORD)
        user.save()
        return user

    return make


@pytest.fixture
def alice(person: Callable[..., User]) -> User:
    """Has an account and nothing else."""
    return person("alice")


@pytest.fixture
def bob(person: Callable[..., User]) -> User:
    """The one to be kept out."""
    return person("bob")


@pytest.fixture
def root(person: Callable[..., User]) -> User:
    """May do everything."""
    return person("root", is_staff=True, is_superuser=True)


@pytest.fixture
def as_user() -> Callable[[User], APIClient]:
    """A client that is taken for that person without a token; journeys in tests/ sign in for real."""

    def client(user: User) -> APIClient:
        found = APIClient()
        found.force_authenticate(user)
        return found

    return client
