"""People at the API, for real: they sign in and bear what they were given."""

from typing import Any

from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from conftest import PASSWORD
from rbac.models import Role, RoleAssignment, RolePermission

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0"


def post(path: str, body: object, **headers: str) -> Any:
    return APIClient().post(f"/api/v1/{path}", body, format="json", headers=headers)


def bearing(token: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


def sign_in(user: User, **more: str) -> dict[str, Any]:
    answer = post("token/", {"email": user.email, "password": PASSWORD, **more}, User_Agent=FIREFOX)
    assert answer.status_code == 200, answer.content
    said: dict[str, Any] = answer.json()
    return said


def allow(user: User, *permissions: str) -> None:
    """Gives him a role with these permissions everywhere."""
    now = timezone.now()
    role = Role.objects.create(name=f"role-of-{user.display_name.lower()}", created_at=now, updated_at=now)
    RolePermission.objects.bulk_create(RolePermission(role=role, pattern=pattern) for pattern in permissions)
    RoleAssignment.objects.create(user=user, role=role, created_at=now)
