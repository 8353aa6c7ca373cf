"""Separations of duty over HTTP."""

from typing import ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common.errors import NotFound
from common.http.actors import actor_of
from common.http.etags import expected_version
from common.http.idempotency import idempotent
from common.http.views import ApiView, ListView, answer
from rbac.api import filters, serializers
from rbac.errors import Refused
from rbac.models import SeparationOfDuty
from rbac.services import separation


class Separations(ListView):
    """Of the `roles` nobody has more than `limit`: holds (static), or has active in one session (dynamic)."""

    needs = {"GET": "separation_of_duty:view", "POST": "separation_of_duty:add"}
    output = serializers.SeparationAnswer
    filterset_class: ClassVar = filters.SeparationFilter
    search_fields = ("name", "description")
    ordering_fields = ("name", "created_at")
    ordering = "name"

    def rows(self, request: Request) -> QuerySet[SeparationOfDuty]:
        del request
        return _rows()

    @extend_schema(request=serializers.SeparationRequest, responses={201: serializers.SeparationAnswer})
    @idempotent
    def post(self, request: Request) -> Response:
        """Refused where somebody holds too many of them already: 409 `separation_of_duty` tells how many do, and the first few.

        So it is where one role alone inherits too many of them: 400 `broken_by_one_role`; nobody could have that role.
        It takes holding what the roles give: 403 `privilege_escalation`.
        """
        asked = self.read(request, serializers.SeparationRequest)
        made = separation.create(**asked, actor=actor_of(request), at=timezone.now())
        return self.told(made) if isinstance(made, Refused) else _answer(made, status=201)


class OneSeparation(ApiView):
    needs = {
        "GET": "separation_of_duty:view",
        "PATCH": "separation_of_duty:change",
        "DELETE": "separation_of_duty:delete",
    }

    @extend_schema(responses=serializers.SeparationAnswer)
    def get(self, request: Request, separation_id: UUID) -> Response:
        del request
        return _answer(_separation(separation_id))

    @extend_schema(request=serializers.SeparationChangeRequest, responses=serializers.SeparationAnswer)
    def patch(self, request: Request, separation_id: UUID) -> Response:
        """`roles` replaces those that were there. Its name stays: others know it by that."""
        asked = self.read(request, serializers.SeparationChangeRequest)
        changed = separation.update(
            _separation(separation_id),
            changes=asked,
            if_version=expected_version(request),
            actor=actor_of(request),
            at=timezone.now(),
        )
        return self.told(changed) if isinstance(changed, Refused) else _answer(changed)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, separation_id: UUID) -> Response:
        refused = separation.delete(
            _separation(separation_id), if_version=expected_version(request), actor=actor_of(request), at=timezone.now()
        )
        return self.told(refused) if refused else Response(status=204)


def _rows() -> QuerySet[SeparationOfDuty]:
    return SeparationOfDuty.objects.prefetch_related("separated__role")


def _separation(separation_id: UUID) -> SeparationOfDuty:
    found = _rows().filter(pk=separation_id).first()
    if found is None:
        raise NotFound
    return found


def _answer(row: SeparationOfDuty, *, status: int = 200) -> Response:
    return answer(serializers.SeparationAnswer(row).data, status=status, version=row.version)
