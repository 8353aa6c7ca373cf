"""Breaking the glass and asking for a role with real tokens: what counts is when she last showed who she is."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from conftest import PASSWORD
from rbac.tests.access import emergency_role
from rbac.tests.factories import actor, give
from tokens.services import api_keys, keys

pytestmark = pytest.mark.django_db(transaction=True)
GLASS = "role-requests/break-glass/"
BODY = {"role": "firefighter", "scope": "/acme", "reason": "it burns"}


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(timezone.now(), tick=False) as found:
        yield found


@pytest.fixture
def fiona(transactional_db: None, person: Callable[..., User], clock: object) -> User:
    """May break the glass at /acme, and holds nothing else."""
    keys.ensure(at=timezone.now())
    emergency_role("server:restart")
    user = person("fiona")
    give(user, "role_request:break_glass", scope="/acme")
    return user


def post(path: str, body: Any, token: str = "") -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return APIClient().post(f"/api/v1/{path}", body, format="json", headers=headers)


def sign_in(user: User) -> Any:
    return post("token/", {"email": user.email, "password": PASSWORD}).json()


def may(user: User, token: str) -> bool:
    body = {
        "subject": {"type": "user", "id": str(user.pk)},
        "action": {"name": "restart"},
        "resource": {"type": "server", "id": "1", "properties": {"scope": "/acme/eu"}},
    }
    headers = {"Authorization": f"Bearer {token}"}
    return bool(APIClient().post("/access/v1/evaluation", body, format="json", headers=headers).json()["decision"])


def test_the_role_holds_with_the_next_request_and_ends_by_the_clock(fiona: User, clock: time_machine.Traveller) -> None:
    token = sign_in(fiona)["access"]
    assert not may(fiona, token)

    assert post(GLASS, BODY, token).status_code == 201

    assert may(fiona, token)
    clock.shift(timedelta(minutes=60))
    assert not may(fiona, sign_in(fiona)["access"])


def test_a_refreshed_token_is_no_fresh_sign_in(fiona: User, clock: time_machine.Traveller) -> None:
    pair = sign_in(fiona)
    clock.shift(timedelta(minutes=11))
    refreshed = post("token/refresh/", {"refresh": pair["refresh"]}).json()["access"]

    answer = post(GLASS, BODY, refreshed)

    assert (answer.status_code, answer.json()["code"]) == (403, "reauthentication_required")
    assert post(GLASS, BODY, sign_in(fiona)["access"]).status_code == 201


def test_a_key_breaks_no_glass_and_asks_for_nothing(fiona: User) -> None:
    key = api_keys.create(fiona, name="k", actor=actor(fiona), at=timezone.now()).value
    wish = {**BODY, "until": (timezone.now() + timedelta(days=1)).isoformat()}

    for path, body in ((GLASS, BODY), ("role-requests/", wish)):
        answer = post(path, body, key)
        assert (answer.status_code, answer.json()["code"]) == (403, "session_required")
