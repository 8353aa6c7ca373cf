"""Which token opens which door, and which header (security E6)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from common.actors import SYSTEM
from tokens.services import issuing, sessions
from tokens.services.issuing import Issued
from tokens.tests.clients import bearing, post
from tokens.tests.factories import altered

pytestmark = pytest.mark.django_db


class TestTheBearer:
    @pytest.fixture
    def access(self, alice: User) -> str:
        now = timezone.now()
        session = sessions.start(alice, amr=["pwd"], actor=SYSTEM, at=now)
        return issuing.issue(session, at=now).access

    @pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
    def test_is_taken_from_the_header(self, access: str, scheme: str) -> None:
        answer = APIClient().get("/api/v1/me/sessions/", headers={"Authorization": f"{scheme} {access}"})

        assert answer.status_code == 200

    @pytest.mark.parametrize("name", ["access_token", "token", "access"])
    def test_and_from_nowhere_else(self, access: str, name: str) -> None:
        client = APIClient()
        client.cookies[name] = access

        answer = client.get("/api/v1/me/sessions/")

        assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
        assert "error" not in answer.headers["WWW-Authenticate"]

    @pytest.mark.parametrize(
        "forge",
        [
            lambda token: f"Bearer {altered(token, payload={'sub': '0' * 32})}",
            lambda token: f"Bearer {token[:-1]}",
            lambda token: f"Bearer {token} {token}",
            lambda token: f"Basic {token}",
            lambda token: token,
            lambda _: "Bearer",
            lambda _: "Bearer ",
            lambda _: "Bearer \xff",
            lambda _: "Bearer " + "A" * 65_000,
        ],
    )
    def test_a_bad_one_is_refused(self, access: str, forge: Callable[[str], str]) -> None:
        answer = APIClient().get("/api/v1/me/sessions/", headers={"Authorization": forge(access)})

        assert (answer.status_code, answer.json()["code"]) == (401, "token_not_valid")
        assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]

    def test_an_expired_one_is_refused(self, alice: User) -> None:
        past = timezone.now() - timedelta(minutes=6)
        session = sessions.start(alice, amr=["pwd"], actor=SYSTEM, at=past)
        old = issuing.issue(session, at=past).access

        assert bearing(old).get("/api/v1/me/sessions/").status_code == 401


class TestEachDoorTakesItsOwnKindOnly:
    @pytest.fixture
    def pair(self, alice: User) -> Issued:
        now = timezone.now()
        return issuing.issue(sessions.start(alice, amr=["pwd"], actor=SYSTEM, at=now), at=now)

    @pytest.mark.parametrize(("kind", "status"), [("access", 200), ("refresh", 401)])
    def test_the_api(self, pair: Issued, kind: str, status: int) -> None:
        assert bearing(getattr(pair, kind)).get("/api/v1/me/sessions/").status_code == status

    @pytest.mark.parametrize(("kind", "status"), [("access", 401), ("refresh", 200)])
    def test_the_refresh_door(self, pair: Issued, kind: str, status: int) -> None:
        assert post("token/refresh/", {"refresh": getattr(pair, kind)}).status_code == status

    @pytest.mark.parametrize(("kind", "other"), [("access", "rt+jwt"), ("refresh", "at+jwt")])
    @pytest.mark.parametrize("door", ["verify", "api", "refresh"])
    def test_a_renamed_type_opens_none(self, pair: Issued, kind: str, other: str, door: str) -> None:
        renamed = altered(getattr(pair, kind), header={"typ": other})
        answers: dict[str, Callable[[], Any]] = {
            "verify": lambda: post("token/verify/", {"token": renamed}),
            "api": lambda: bearing(renamed).get("/api/v1/me/sessions/"),
            "refresh": lambda: post("token/refresh/", {"refresh": renamed}),
        }

        assert answers[door]().status_code == 401
