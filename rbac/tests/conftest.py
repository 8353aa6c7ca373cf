"""Staff, signed in to the admin."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from rbac.tests.factories import give


@pytest.fixture
def chief(client: Client, root: User) -> Client:
    """Signed in, and may do everything."""
    client.force_login(root, backend="accounts.backends.PasswordBackend")
    return client


@pytest.fixture
def limited(client: Client, person: Callable[..., User]) -> Callable[..., Client]:
    """L: staff who hold only what is named, there."""

    def signed_in(*patterns: str, scope: str = "/") -> Client:
        user = person("limited", is_staff=True, scope=scope)
        give(user, *patterns, scope=scope)
        client.force_login(user, backend="accounts.backends.PasswordBackend")
        return client

    return signed_in
