"""Who visits: the first administrator, and a clerk with roles that a test gives."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client

from accounts.models import User
from rbac.models import Role, RoleAssignment, RolePermission

BORN = datetime(2029, 1, 1, tzinfo=UTC)


@pytest.fixture
def chief(client: Client, root: User) -> Client:
    """Signed in, and may do everything."""
    client.force_login(root, backend="accounts.backends.PasswordBackend")
    return client


@pytest.fixture
def clerk(client: Client, person: Callable[..., User]) -> Callable[..., Client]:
    """Signs in a member of staff who holds the given permissions everywhere."""

    def signed_in(*patterns: str) -> Client:
        user = person("clerk", is_staff=True)
        role = Role.objects.create(name="clerk", created_at=BORN, updated_at=BORN)
        RolePermission.objects.bulk_create([RolePermission(role=role, pattern=pattern) for pattern in patterns])
        RoleAssignment.objects.create(role=role, user=user, created_at=BORN)
        client.force_login(user, backend="accounts.backends.PasswordBackend")
        return client

    return signed_in
