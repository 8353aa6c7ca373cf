"""The doors of tokens: sign in, refresh, verify, give back."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common.http.actors import actor_of
from common.http.parsers import StrictFormParser, StrictJSONParser
from common.http.permissions import PUBLIC
from common.http.serializers import represented
from common.http.views import ApiView
from tokens import selectors
from tokens.api import serializers
from tokens.errors import TokenNotValid
from tokens.services import giving_back, refreshing, sign_in


def unstored(data: Any) -> Response:
    """RFC 6749, section 5.1: no cache keeps a token."""
    return Response(data, headers={"Cache-Control": "no-store"})


class Tokens(ApiView):
    """Sign in. The answer is the same whether the address is unknown, unproven, disabled or locked, or the password wrong."""

    needs = {"POST": PUBLIC}
    refusals = frozenset({401})

    @extend_schema(request=serializers.SignInRequest, responses=serializers.SignedIn)
    def post(self, request: Request) -> Response:
        said = self.read(request, serializers.SignInRequest)
        issued = sign_in.with_password(
            said["email"],
            said["password"],
            device_name=said.get("device_name", ""),
            actor=actor_of(request),
            at=timezone.now(),
        )
        return unstored(represented(serializers.SignedIn, issued))


class TokenRefresh(ApiView):
    """The next pair. A refresh token works once; its repetition within the grace time gets the same successor."""

    needs = {"POST": PUBLIC}
    refusals = frozenset({401})

    @extend_schema(request=serializers.RefreshRequest, responses=serializers.TokenPair)
    def post(self, request: Request) -> Response:
        asked = self.read(request, serializers.RefreshRequest)
        outcome = refreshing.refresh(asked["refresh"], actor=actor_of(request), at=timezone.now())
        if isinstance(outcome, refreshing.Refused):
            raise TokenNotValid
        return unstored(represented(serializers.TokenPair, outcome))


class TokenVerify(ApiView):
    """Whether a token is good now: its signature, its times, its session and its user."""

    needs = {"POST": PUBLIC}
    refusals = frozenset({401})

    @extend_schema(request=serializers.VerifyRequest, responses={200: {"type": "object"}})
    def post(self, request: Request) -> Response:
        asked = self.read(request, serializers.VerifyRequest)
        selectors.check(asked["token"], at=timezone.now())
        return unstored({})


class TokenRevoke(ApiView):
    """RFC 7009. Ends the session; holding one of its tokens is the right to. 200 also where there was nothing to end."""

    needs = {"POST": PUBLIC}
    parser_classes = [StrictJSONParser, StrictFormParser]

    @extend_schema(request=serializers.RevokeRequest, responses={200: {"type": "object"}})
    def post(self, request: Request) -> Response:
        asked = self.read(request, serializers.RevokeRequest)
        giving_back.revoke(asked["token"], actor=actor_of(request), at=timezone.now())
        return unstored({})
