"""The cast of requests and reviews: Alice asks, Carol decides at /acme, and the clock stands at noon."""

from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from rest_framework.test import APIClient

from accounts.models import User
from common.actors import SYSTEM
from rbac.models import AccessReview, Role, RoleRequest
from rbac.services import requests, reviews
from rbac.tests.factories import actor, give, role_of

DAY = timedelta(days=1)
AsUser = Callable[[User], APIClient]


def wish(user: User, role: Role, *, at: datetime, scope: str = "/acme", days: int = 7, **terms: Any) -> RoleRequest:
    terms = {"reason": "for the audit", "actor": actor(user), **terms}
    return requests.ask(user, role, scope=scope, until=at + days * DAY, at=at, **terms)


def decider(user: User, *also: str, at: datetime, scope: str = "/acme") -> User:
    """May give there what `also` names, and end it."""
    give(user, "role_assignment:add", "role_assignment:delete", *also, scope=scope, at=at)
    return user


def review(*, by: User | None = None, at: datetime, days: int = 14, **terms: Any) -> AccessReview:
    terms = {"scope": "/", "on_silence": "keep", **terms}
    return reviews.begin("Autumn", due_at=at + days * DAY, actor=actor(by) if by else SYSTEM, at=at, **terms)


def post(client: APIClient, path: str, body: Any = None, **headers: str) -> Any:
    return client.post(f"/api/v1/{path}", {} if body is None else body, format="json", headers=headers)


def get(client: APIClient, path: str, **query: str) -> Any:
    return client.get(f"/api/v1/{path}", query)


def told(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def signed_in(user: User, *, at: datetime) -> APIClient:
    """As with an access token that says when she signed in."""
    client = APIClient()
    token: Any = SimpleNamespace(claims={"auth_time": int(at.timestamp())}, session_id=None)
    client.force_authenticate(user, token)
    return client


def emergency_role(*patterns: str, minutes: int | None = 60) -> Role:
    role = role_of("firefighter", *patterns)
    Role.objects.filter(pk=role.pk).update(emergency_minutes=minutes)
    role.refresh_from_db()
    return role
