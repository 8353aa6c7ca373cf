"""The adapter for Django REST framework, by a view that it guards."""

from typing import Any, cast

import django
import pytest
from django.conf import settings

from fake_server import ALICE, FEED, FakeServer, answer, session, token
from identity_client import Claims, Verifier
from identity_client.principal import Principal

if not settings.configured:  # when the package's tests run alone
    apps = ["django.contrib.auth", "django.contrib.contenttypes"]
    settings.configure(ALLOWED_HOSTS=["*"], INSTALLED_APPS=apps, SECRET_KEY="for tests only")
    django.setup()

from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView, exception_handler

from identity_client.drf import IdentityAuthentication

server = FakeServer()
verifier = server.verifier()


class Guarded(APIView):
    authentication_classes = [IdentityAuthentication]
    permission_classes = [IsAuthenticated]
    throttle_classes = []

    def get_exception_handler(self) -> Any:
        return exception_handler  # DRF's own, whatever the project around says

    def get(self, request: Request) -> Response:
        who, claims = cast("Principal", request.user), cast("Claims", request.auth)
        assert (who.is_authenticated, who.is_anonymous, who.is_active) == (True, False, True)
        told = {"pk": who.pk, "name": str(who), "clerk": who.has_role("clerk"), "pays": who.has_scope("payments")}
        return Response(told | {"client": claims.client_id})


def get(authorization: str = "", *, by: Verifier | None = None) -> Any:
    authentication = type("Ours", (IdentityAuthentication,), {"verifier": by or verifier})
    view = Guarded.as_view(authentication_classes=[authentication])
    headers = {"Authorization": authorization} if authorization else {}
    return view(APIRequestFactory().get("/", headers=headers))


def test_who_has_a_token_is_let_in() -> None:
    found = get(f"Bearer {token()}")

    assert found.status_code == 200
    assert found.data == {"pk": ALICE, "name": ALICE, "clerk": True, "pays": False, "client": "web"}


@pytest.mark.parametrize(
    "authorization",
    ["Bearer rubbish", "bearer", "Bearer ", f"Bearer {token()} more"],
    ids=["rubbish", "nothing", "a space", "more than one word"],
)
def test_what_is_no_token_is_a_401_that_says_so(authorization: str) -> None:
    found = get(authorization)

    assert (found.status_code, found.data["detail"]) == (401, "The token is not valid.")
    assert found["WWW-Authenticate"] == 'Bearer error="invalid_token"'


@pytest.mark.parametrize(
    "authorization",
    ["", "Basic YTpi", "Bearerx", f"Token {token()}"],
    ids=["nothing", "Basic", "Bearerx", "another scheme"],
)
def test_who_sends_no_token_is_told_how(authorization: str) -> None:
    found = get(authorization)

    assert (found.status_code, found["WWW-Authenticate"]) == (401, "Bearer")


def test_a_killed_session_is_a_401() -> None:
    elsewhere = FakeServer()
    elsewhere.entries = [session()]

    assert get(f"Bearer {token()}", by=elsewhere.verifier()).status_code == 401


def test_who_cannot_be_judged_now_shall_come_again() -> None:
    elsewhere = FakeServer()
    elsewhere.answers[FEED] = answer({}, status=500)

    found = get(f"Bearer {token()}", by=elsewhere.verifier(polled=False))

    assert (found.status_code, found["Retry-After"]) == (503, "5")


@override_settings(IDENTITY_VERIFIER=f"{__name__}.verifier")
def test_the_verifier_can_stand_in_the_settings() -> None:
    request = APIRequestFactory().get("/", headers={"Authorization": f"Bearer {token()}"})

    assert Guarded.as_view()(request).status_code == 200


@pytest.mark.parametrize("path", [None, "", f"{__name__}.server"])
def test_settings_that_name_no_verifier_are_a_fault_and_no_open_door(path: str | None) -> None:
    request = APIRequestFactory().get("/", headers={"Authorization": f"Bearer {token()}"})

    with override_settings(IDENTITY_VERIFIER=path), pytest.raises(ImproperlyConfigured, match="dotted path"):
        Guarded.as_view()(request)
