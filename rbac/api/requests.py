"""Roles asked for over HTTP. Asking and deciding take a person who has signed in: an API key may look, and no more."""

from datetime import UTC, datetime
from typing import Any, ClassVar, cast
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from common.errors import NotFound, Refused
from common.http.actors import actor_of
from common.http.idempotency import idempotent
from common.http.permissions import PUBLIC, SELF
from common.http.places import places_of
from common.http.views import ApiView, ListView, answer
from common.throttle import Limit
from rbac.api.request_filters import RoleRequestFilter
from rbac.api.serializers.requests import (
    ApprovalRequest,
    AskForRoleRequest,
    BreakGlassRequest,
    DenialRequest,
    ExtensionLinkRequest,
    RoleRequestAnswer,
    WithdrawalRequest,
)
from rbac.models import RoleAssignment, RoleRequest, RoleRequestQuerySet
from rbac.services import approvals, emergencies, extensions, requests

# Each request is mailed to those who may decide.
ASKED = Limit("role-requests", 30, 3600)


class RoleRequests(ListView):
    """Those of the caller, and those that he may decide."""

    needs = {"GET": SELF, "POST": SELF}
    limits = {"POST": ASKED}
    output = RoleRequestAnswer
    filterset_class: ClassVar = RoleRequestFilter

    def rows(self, request: Request) -> RoleRequestQuerySet:
        return known_to(request)

    @extend_schema(request=AskForRoleRequest, responses={201: RoleRequestAnswer})
    @idempotent
    def post(self, request: Request) -> Response:
        """Ask for a role, or with `extends` for an assignment of one's own to go on. Somebody else decides."""
        asked = self.read(request, AskForRoleRequest)
        whose: dict[str, Any] = {"requester": _me(request), "actor": actor_of(request), "at": timezone.now()}
        if "extends" in asked:
            return _told(extensions.extend(_hers(asked.pop("extends"), request), **asked, **whose), status=201)
        return _told(requests.ask(**asked, **whose), status=201)


class OneRoleRequest(ApiView):
    needs = {"GET": SELF}

    @extend_schema(responses=RoleRequestAnswer)
    def get(self, request: Request, request_id: UUID) -> Response:
        return _told(_known(request, request_id))


class Approval(ApiView):
    """Gives the role, until what was asked or earlier. Takes what giving it by hand takes."""

    needs = {"POST": SELF}

    @extend_schema(request=ApprovalRequest, responses=RoleRequestAnswer)
    def post(self, request: Request, request_id: UUID) -> Response:
        asked = self.read(request, ApprovalRequest)
        found = _known(request, request_id)
        outcome = approvals.approve(found, **asked, actor=actor_of(request), at=timezone.now())
        return self.told(outcome) if isinstance(outcome, Refused) else _told(outcome)


class Denial(ApiView):
    needs = {"POST": SELF}

    @extend_schema(request=DenialRequest, responses=RoleRequestAnswer)
    def post(self, request: Request, request_id: UUID) -> Response:
        asked = self.read(request, DenialRequest)
        found = _known(request, request_id)
        return _told(approvals.deny(found, **asked, actor=actor_of(request), at=timezone.now()))


class Withdrawal(ApiView):
    needs = {"POST": SELF}

    @extend_schema(request=None, responses=RoleRequestAnswer)
    def post(self, request: Request, request_id: UUID) -> Response:
        """By whoever asked."""
        self.read(request, WithdrawalRequest)
        found = _known(request, request_id)
        return _told(requests.withdraw(found, actor=actor_of(request), at=timezone.now()))


class GlassBreaking(ApiView):
    """Take an emergency role at once. Takes `role_request:break_glass` there and a sign-in of the last ten minutes.

    All administrators are mailed.
    """

    needs = {"POST": SELF}

    @extend_schema(request=BreakGlassRequest, responses={201: RoleRequestAnswer})
    @idempotent
    def post(self, request: Request) -> Response:
        asked = self.read(request, BreakGlassRequest)
        outcome = emergencies.break_glass(
            _me(request), **asked, signed_in_at=_signed_in_at(request), actor=actor_of(request), at=timezone.now()
        )
        return self.told(outcome) if isinstance(outcome, Refused) else _told(outcome, status=201)


class ExtensionByLink(ApiView):
    """The token from the mail about a role's end asks, once, for it to go on as long again."""

    needs = {"POST": PUBLIC}
    limits = {"POST": ASKED}

    @extend_schema(request=ExtensionLinkRequest, responses={204: None})
    def post(self, request: Request) -> Response:
        asked = self.read(request, ExtensionLinkRequest)
        extensions.redeem(asked["token"], actor=actor_of(request), at=timezone.now())
        return Response(status=204)


def known_to(request: Request) -> RoleRequestQuerySet:
    """What the caller asked for himself, and what he may decide."""
    decides = places_of(request, approvals.DECIDES)
    return RoleRequest.objects.select_related("role").known_to(_me(request).pk, decides=decides)


def _known(request: Request, request_id: UUID) -> RoleRequest:
    found = known_to(request).filter(pk=request_id).first()
    if found is None:
        raise NotFound
    return found


def _hers(assignment_id: UUID, request: Request) -> RoleAssignment:
    found = RoleAssignment.objects.select_related("role").filter(pk=assignment_id, user=request.user.pk).first()
    if found is None:
        raise NotFound
    return found


def _me(request: Request) -> User:
    return cast("User", request.user)


def _signed_in_at(request: Request) -> datetime | None:
    """When she last showed who she is, as her access token says."""
    said = getattr(request.auth, "claims", {}).get("auth_time")
    return datetime.fromtimestamp(said, UTC) if isinstance(said, int) else None


def _told(found: RoleRequest, *, status: int = 200) -> Response:
    return answer(RoleRequestAnswer(found).data, status=status, version=found.version)
