"""Roles over HTTP: what they give, and who holds them."""

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
from common.http.places import PlacedView
from common.http.views import ApiView, ListView, answer
from rbac import selectors
from rbac.api import filters, serializers
from rbac.errors import Refused
from rbac.models import Role, RoleAssignment
from rbac.services import roles


class Roles(ListView):
    needs = {"GET": "role:view", "POST": "role:add"}
    output = serializers.RoleAnswer
    filterset_class: ClassVar = filters.RoleFilter
    search_fields = ("name", "title")
    ordering_fields = ("name", "created_at")
    ordering = "name"

    def rows(self, request: Request) -> QuerySet[Role]:
        del request
        return _roles()

    @extend_schema(request=serializers.RoleRequest, responses={201: serializers.RoleAnswer})
    @idempotent
    def post(self, request: Request) -> Response:
        """Nobody makes a role that gives more than he holds himself, nor one that inherits too much of what is kept apart."""
        asked = self.read(request, serializers.RoleRequest)
        made = roles.create(**asked, actor=actor_of(request), at=timezone.now())
        if isinstance(made, Refused):
            return self.told(made)
        return _answer(made, status=201)


class OneRole(ApiView):
    needs = {"GET": "role:view", "PATCH": "role:change", "DELETE": "role:delete"}

    @extend_schema(responses=serializers.RoleAnswer)
    def get(self, request: Request, role_id: UUID) -> Response:
        del request
        role = _role(role_id)
        return _answer(role)

    @extend_schema(request=serializers.RoleChangeRequest, responses=serializers.RoleAnswer)
    def patch(self, request: Request, role_id: UUID) -> Response:
        """`permissions` and `inherits` replace what was there. The role's name stays: others know it by that.

        A ring of roles is refused (409 `role_cycle`), and so is what would give somebody roles that are kept apart (409
        `separation_of_duty`), or would have one role inherit so many of them that nobody could have it (400 `broken_by_one_role`).
        """
        asked = self.read(request, serializers.RoleChangeRequest)
        changed = roles.update(
            _role(role_id),
            changes=asked,
            if_version=expected_version(request),
            actor=actor_of(request),
            at=timezone.now(),
        )
        if isinstance(changed, Refused):
            return self.told(changed)
        return _answer(changed)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, role_id: UUID) -> Response:
        refused = roles.delete(
            _role(role_id), if_version=expected_version(request), actor=actor_of(request), at=timezone.now()
        )
        return self.told(refused) if refused else Response(status=204)


class RolePermissions(ApiView):
    """What the role gives, its own and inherited, with wildcards and the declared permissions that they stand for.

    `path` names the roles from this one down to the nearest that holds the permission itself.
    """

    needs = {"GET": "role:view"}

    @extend_schema(responses=serializers.EffectivePermissionsAnswer)
    def get(self, request: Request, role_id: UUID) -> Response:
        del request
        ways = selectors.ways_of(_role(role_id))
        gives = selectors.declared_names(ways)
        found = [{"name": pattern, "gives": gives[pattern], "path": path} for pattern, path in ways.items()]
        return answer(serializers.EffectivePermissionsAnswer({"permissions": found}).data)


class RoleMembers(PlacedView, ListView):
    """Who holds the role itself now, and where."""

    shows = "role_assignment:view"
    needs = {"GET": "role_assignment:view"}
    output = serializers.AssignmentAnswer

    def rows(self, request: Request) -> QuerySet[RoleAssignment]:
        held = self.known(request, RoleAssignment.objects.standing(at=timezone.now()))
        return held.filter(role=_role(self.kwargs["role_id"])).select_related("role")


def _role(role_id: UUID) -> Role:
    found = _roles().filter(pk=role_id).first()
    if found is None:
        raise NotFound
    return found


def _roles() -> QuerySet[Role]:
    return Role.objects.prefetch_related("held", "junior_links__junior")


def _answer(role: Role, *, status: int = 200) -> Response:
    return answer(serializers.RoleAnswer(role).data, status=status, version=role.version)
