from typing import Any, ClassVar, cast
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from common.errors import NotFound
from common.http.actors import actor_of
from common.http.parsers import StrictFormParser, StrictJSONParser
from common.http.permissions import PUBLIC, SELF
from common.http.views import ApiView, ListView
from tokens import keyring, selectors
from tokens.api import filters, serializers
from tokens.errors import TokenNotValid
from tokens.models import Session
from tokens.services import sessions, sign_in


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
        return unstored(serializers.SignedIn(issued).data)


class TokenRefresh(ApiView):
    """The next pair. A refresh token works once; its repetition within the grace time gets the same successor."""

    needs = {"POST": PUBLIC}
    refusals = frozenset({401})

    @extend_schema(request=serializers.RefreshRequest, responses=serializers.TokenPair)
    def post(self, request: Request) -> Response:
        asked = self.read(request, serializers.RefreshRequest)
        outcome = sessions.refresh(asked["refresh"], actor=actor_of(request), at=timezone.now())
        if isinstance(outcome, sessions.Refused):
            raise TokenNotValid
        return unstored(serializers.TokenPair(outcome).data)


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
        sessions.revoke(asked["token"], actor=actor_of(request), at=timezone.now())
        return unstored({})


class KeySet(ApiView):
    """The keys that check our tokens (RFC 7517): the present one, the next, and the retired while their tokens live."""

    needs = {"GET": PUBLIC}

    @extend_schema(responses=serializers.JsonWebKeySet)
    def get(self, request: Request) -> Response:
        del request
        may_keep = {"Cache-Control": f"public, max-age={settings.JWKS_CACHE_SECONDS}"}
        return Response({"keys": keyring.published(at=timezone.now())}, headers=may_keep)


class OwnSessions(ListView):
    """Where she is signed in. DELETE ends all of them but the one that asks."""

    needs = {"GET": SELF, "DELETE": SELF}
    is_versioned = False
    output = serializers.OwnSessionAnswer

    def rows(self, request: Request) -> QuerySet[Session]:
        return Session.objects.alive(at=timezone.now()).filter(user=request.user.pk)

    @extend_schema(responses={204: None})
    def delete(self, request: Request) -> Response:
        actor, herself = actor_of(request), cast("User", request.user)
        sessions.end_all(
            herself.pk, except_session=actor.session_id, reason="ended_by_owner", actor=actor, at=timezone.now()
        )
        return Response(status=204)


class OwnSession(ApiView):
    needs = {"DELETE": SELF}
    is_versioned = False

    @extend_schema(responses={204: None})
    def delete(self, request: Request, session_id: UUID) -> Response:
        session = _living(Session.objects.filter(user=request.user.pk), session_id)
        sessions.end(session, reason="ended_by_owner", actor=actor_of(request), at=timezone.now())
        return Response(status=204)


class Sessions(ListView):
    """Everybody's living sessions."""

    needs = {"GET": "session:view"}
    output = serializers.SessionAnswer
    filterset_class: ClassVar = filters.SessionFilter
    search_fields = ("user", "ip", "client_id")

    def rows(self, request: Request) -> QuerySet[Session]:
        del request
        return Session.objects.alive(at=timezone.now())

    def search(self, rows: QuerySet[Session], said: str) -> QuerySet[Session]:
        return rows.filter(selectors.sessions_named(said))


class OneSession(ApiView):
    needs = {"DELETE": "session:end"}
    is_versioned = False

    @extend_schema(responses={204: None})
    def delete(self, request: Request, session_id: UUID) -> Response:
        session = _living(Session.objects.select_related("user"), session_id)
        self.check(request, "session:end", session.user)
        sessions.end(session, reason="ended_by_staff", actor=actor_of(request), at=timezone.now())
        return Response(status=204)


def _living(among: QuerySet[Session], session_id: UUID) -> Session:
    session = among.filter(pk=session_id, revoked_at=None).first()
    if session is None:
        raise NotFound
    return session
