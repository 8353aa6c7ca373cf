"""Assignments over HTTP, at the places that the caller looks after."""

from typing import ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common.http.actors import actor_of
from common.http.etags import expected_version
from common.http.idempotency import idempotent
from common.http.places import PlacedView, asked_scope, home_for
from common.http.views import ListView, answer
from rbac.api import filters, serializers
from rbac.errors import Refused
from rbac.models import RoleAssignment
from rbac.services import assignments


class Assignments(PlacedView, ListView):
    """Those whose scope lies at the caller's places, whoever holds them."""

    shows = "role_assignment:view"
    needs = {"GET": "role_assignment:view", "POST": "role_assignment:add"}
    output = serializers.AssignmentAnswer
    filterset_class: ClassVar = filters.AssignmentFilter

    def rows(self, request: Request) -> QuerySet[RoleAssignment]:
        return self.known(request, RoleAssignment.objects.select_related("role"))

    def admit(self, request: Request) -> None:
        if request.method == "POST":
            self.home = home_for(request, "role_assignment:add", asked_scope(request))

    @extend_schema(request=serializers.AssignmentRequest, responses={201: serializers.AssignmentAnswer})
    @idempotent
    def post(self, request: Request) -> Response:
        """Nobody gives what he does not hold himself, there and so long: 403 `privilege_escalation`.

        Nor what may not go together with what the holder has: 409 `separation_of_duty`. Without a `scope` it is given at the one
        place where the caller may give roles, or at `/`.
        """
        asked = {**self.read(request, serializers.AssignmentRequest), "scope": self.home}
        given = assignments.assign(**asked, actor=actor_of(request), at=timezone.now())
        return self.told(given) if isinstance(given, Refused) else _answer(given, status=201)


class OneAssignment(PlacedView):
    shows = "role_assignment:view"
    needs = {"GET": "role_assignment:view", "DELETE": "role_assignment:delete"}

    @extend_schema(responses=serializers.AssignmentAnswer)
    def get(self, request: Request, assignment_id: UUID) -> Response:
        """Also one that is over: it tells who gave and who ended it."""
        return _answer(self.given(request, assignment_id))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, assignment_id: UUID) -> Response:
        """Ends it. 204 also when it had ended already: what the caller wants is so."""
        outcome = assignments.end(
            self.given(request, assignment_id),
            if_version=expected_version(request),
            actor=actor_of(request),
            at=timezone.now(),
        )
        return self.told(outcome) if isinstance(outcome, Refused) else Response(status=204)

    def given(self, request: Request, assignment_id: UUID) -> RoleAssignment:
        rows = RoleAssignment.objects.select_related("role", "user", "service_account", "group")
        return self.one(request, rows, assignment_id)


def _answer(given: RoleAssignment, *, status: int = 200) -> Response:
    return answer(serializers.AssignmentAnswer(given).data, status=status, version=given.version)
