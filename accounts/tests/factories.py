"""People and counters as rows, for tests that care for the rows and not for how they came about."""

from datetime import UTC, datetime, timedelta
from typing import Any

from factory.declarations import LazyAttribute, Sequence, Trait
from factory.django import DjangoModelFactory

from accounts import addresses
from accounts.models import SignInCounter, User
from common.errors import Refused

BORN = datetime(2029, 1, 1, tzinfo=UTC)


class UserFactory(DjangoModelFactory[User]):
    """Somebody with a proven address and no password."""

    class Meta:
        model = User

    email = Sequence(lambda number: f"person{number}@example.org")
    email_canonical = LazyAttribute(lambda user: addresses.canonical(user.email))
    password = "!"
    email_verified_at = BORN
    created_at = BORN
    updated_at = BORN

    class Params:
        signed_up = Trait(self_registered=True, email_verified_at=None, password_changed_at=BORN)
        invited = Trait(email_verified_at=None)


class CounterFactory(DjangoModelFactory[SignInCounter]):
    class Meta:
        model = SignInCounter

    key = Sequence(lambda number: f"account:{number}")
    attempts = 1
    window_ends_at = BORN + timedelta(minutes=15)


def person(**traits: Any) -> User:
    return UserFactory.create(**traits)


def made(outcome: User | Refused) -> User:
    """The account, where nobody was refused."""
    assert isinstance(outcome, User)
    return outcome
