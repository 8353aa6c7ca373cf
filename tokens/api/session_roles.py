"""Which of her roles the session that asks uses."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.errors import NotFound
from common.http.actors import actor_of
from common.http.permissions import SELF
from common.http.serializers import CleanCharField, StrictSerializer
from common.http.views import ApiView
from tokens.models import Session
from tokens.services import session_roles

MOST_ROLES = 1000


class SessionRolesRequest(StrictSerializer):
    """Names of roles that she holds; null takes the choice back."""

    roles = serializers.ListField(child=CleanCharField(max_length=80), allow_null=True, max_length=MOST_ROLES)


class HeldBackAnswer(serializers.Serializer[Any]):
    role = serializers.CharField()
    separation = serializers.CharField()


class SessionRolesAnswer(serializers.Serializer[Any]):
    """`roles` are active. Those `held_back` give nothing: a separation of duty forbids it, or she chose others."""

    roles = serializers.ListField(child=serializers.CharField())
    held_back = HeldBackAnswer(many=True)
    chosen = serializers.BooleanField()


class OwnSessionRoles(ApiView):
    """The roles that count in this session: all of hers that may go together or, once she has chosen, just those.

    What she chooses counts with the next request; the `roles` of an access token follow when it is refreshed.
    """

    needs = {"GET": SELF, "PUT": SELF}
    is_versioned = False

    @extend_schema(responses=SessionRolesAnswer)
    def get(self, request: Request) -> Response:
        return _told(_session(request))

    @extend_schema(request=SessionRolesRequest, responses=SessionRolesAnswer)
    def put(self, request: Request) -> Response:
        """409 `separation_of_duty` where these may not be active together, 400 `role_not_held` where one is not hers."""
        session = _session(request)
        asked = self.read(request, SessionRolesRequest)
        return _told(session_roles.activate(session, asked["roles"], actor=actor_of(request), at=timezone.now()))


def _session(request: Request) -> Session:
    session_id: UUID | None = getattr(request.auth, "session_id", None)
    living = Session.objects.select_related("user").alive(at=timezone.now()).filter(user=request.user.pk)
    # An API key has none.
    session = living.filter(pk=session_id).first() if session_id else None
    if session is None:
        raise NotFound
    return session


def _told(session: Session) -> Response:
    state = session_roles.of(session, at=timezone.now())
    back = [{"role": role, "separation": name} for role, name in state.held_back.items()]
    return Response(SessionRolesAnswer({"roles": state.active, "held_back": back, "chosen": state.is_chosen}).data)
