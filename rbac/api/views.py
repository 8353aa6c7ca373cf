"""Permissions, roles and assignments over HTTP, and what somebody holds."""

from typing import ClassVar, cast
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common.errors import NotFound
from common.http.actors import actor_of
from common.http.etags import expected_version
from common.http.idempotency import idempotent
from common.http.permissions import SELF
from common.http.views import ApiView, ListView, answer
from rbac import scopes, selectors
from rbac.api import filters, serializers
from rbac.errors import Refused
from rbac.models import Permission, Role, RoleAssignment
from rbac.selectors import Holder
from rbac.services import assignments, permissions, roles


class Permissions(ListView):
    needs = {"GET": "permission:view", "POST": "permission:add"}
    output = serializers.PermissionAnswer
    filterset_class: ClassVar = filters.PermissionFilter
    search_fields = ("name", "description")
    ordering_fields = ("name", "created_at")
    ordering = "name"

    def rows(self, request: Request) -> QuerySet[Permission]:
        del request
        return Permission.objects.all()

    @extend_schema(request=serializers.PermissionRequest, responses={201: serializers.PermissionAnswer})
    @idempotent
    def post(self, request: Request) -> Response:
        asked = self.read(request, serializers.PermissionRequest)
        made = permissions.declare(**asked, actor=actor_of(request), at=timezone.now())
        return answer(serializers.PermissionAnswer(made).data, status=201, version=made.version)


class OnePermission(ApiView):
    """A declared permission never changes; one that no role holds can be removed."""

    needs = {"GET": "permission:view", "DELETE": "permission:delete"}

    @extend_schema(responses=serializers.PermissionAnswer)
    def get(self, request: Request, permission_id: UUID) -> Response:
        del request
        found = _permission(permission_id)
        return answer(serializers.PermissionAnswer(found).data, version=found.version)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, permission_id: UUID) -> Response:
        permissions.remove(
            _permission(permission_id), if_version=expected_version(request), actor=actor_of(request), at=timezone.now()
        )
        return Response(status=204)


class Roles(ListView):
    needs = {"GET": "role:view", "POST": "role:add"}
    output = serializers.RoleAnswer
    filterset_class: ClassVar = filters.RoleFilter
    search_fields = ("name", "title")
    ordering_fields = ("name", "created_at")
    ordering = "name"

    def rows(self, request: Request) -> QuerySet[Role]:
        del request
        return Role.objects.prefetch_related("held")

    @extend_schema(request=serializers.RoleRequest, responses={201: serializers.RoleAnswer})
    @idempotent
    def post(self, request: Request) -> Response:
        """Nobody makes a role that gives more than he holds himself."""
        asked = self.read(request, serializers.RoleRequest)
        made = roles.create(**asked, actor=actor_of(request), at=timezone.now())
        if isinstance(made, Refused):
            return self.told(made)
        return answer(serializers.RoleAnswer(made).data, status=201, version=made.version)


class OneRole(ApiView):
    needs = {"GET": "role:view", "PATCH": "role:change", "DELETE": "role:delete"}

    @extend_schema(responses=serializers.RoleAnswer)
    def get(self, request: Request, role_id: UUID) -> Response:
        del request
        role = _role(role_id)
        return answer(serializers.RoleAnswer(role).data, version=role.version)

    @extend_schema(request=serializers.RoleChangeRequest, responses=serializers.RoleAnswer)
    def patch(self, request: Request, role_id: UUID) -> Response:
        """`permissions` replaces what the role gives. Its name stays: others know it by that."""
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
        return answer(serializers.RoleAnswer(changed).data, version=changed.version)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, role_id: UUID) -> Response:
        refused = roles.delete(
            _role(role_id), if_version=expected_version(request), actor=actor_of(request), at=timezone.now()
        )
        return self.told(refused) if refused else Response(status=204)


class RolePermissions(ApiView):
    """What the role gives: its own permissions and wildcards, and the declared permissions that they stand for."""

    needs = {"GET": "role:view"}

    @extend_schema(responses=serializers.EffectivePermissionsAnswer)
    def get(self, request: Request, role_id: UUID) -> Response:
        del request
        given = selectors.declared_names(selectors.patterns_of(_role(role_id)))
        found = [{"name": pattern, "gives": names} for pattern, names in given.items()]
        return answer(serializers.EffectivePermissionsAnswer({"permissions": found}).data)


class RoleMembers(ListView):
    """Who holds the role now, and where."""

    needs = {"GET": "role_assignment:view"}
    output = serializers.AssignmentAnswer

    def rows(self, request: Request) -> QuerySet[RoleAssignment]:
        del request
        role = _role(self.kwargs["role_id"])
        return RoleAssignment.objects.standing(at=timezone.now()).filter(role=role).select_related("role")


class Assignments(ListView):
    needs = {"GET": "role_assignment:view", "POST": "role_assignment:add"}
    output = serializers.AssignmentAnswer
    filterset_class: ClassVar = filters.AssignmentFilter

    def rows(self, request: Request) -> QuerySet[RoleAssignment]:
        del request
        return RoleAssignment.objects.select_related("role")

    @extend_schema(request=serializers.AssignmentRequest, responses={201: serializers.AssignmentAnswer})
    @idempotent
    def post(self, request: Request) -> Response:
        """Nobody gives what he does not hold himself, there and so long: 403 `privilege_escalation`."""
        asked = self.read(request, serializers.AssignmentRequest)
        given = assignments.assign(**asked, actor=actor_of(request), at=timezone.now())
        if isinstance(given, Refused):
            return self.told(given)
        return answer(serializers.AssignmentAnswer(given).data, status=201, version=given.version)


class OneAssignment(ApiView):
    needs = {"GET": "role_assignment:view", "DELETE": "role_assignment:delete"}

    @extend_schema(responses=serializers.AssignmentAnswer)
    def get(self, request: Request, assignment_id: UUID) -> Response:
        """Also one that is over: it tells who gave and who ended it."""
        del request
        given = _assignment(assignment_id)
        return answer(serializers.AssignmentAnswer(given).data, version=given.version)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, assignment_id: UUID) -> Response:
        """Ends it. 204 also when it had ended already: what the caller wants is so."""
        outcome = assignments.end(
            _assignment(assignment_id),
            if_version=expected_version(request),
            actor=actor_of(request),
            at=timezone.now(),
        )
        return self.told(outcome) if isinstance(outcome, Refused) else Response(status=204)


class OwnPermissions(ApiView):
    """What the caller holds now, and by which assignment; with `scope`, only what holds there."""

    needs = {"GET": SELF}
    open_to_keys = True

    @extend_schema(parameters=[OpenApiParameter("scope", str)], responses=serializers.OwnPermissionsAnswer)
    def get(self, request: Request) -> Response:
        asked = request.query_params.get("scope")
        scope = None if asked is None else scopes.checked(asked)
        found = selectors.effective_permissions(cast("Holder", request.user), scope=scope, at=timezone.now())
        held = [{"name": name, "sources": sources} for name, sources in found.items()]
        return answer(serializers.OwnPermissionsAnswer({"scope": scope, "permissions": held}).data)


def _permission(permission_id: UUID) -> Permission:
    found = Permission.objects.filter(pk=permission_id).first()
    if found is None:
        raise NotFound
    return found


def _role(role_id: UUID) -> Role:
    found = Role.objects.prefetch_related("held").filter(pk=role_id).first()
    if found is None:
        raise NotFound
    return found


def _assignment(assignment_id: UUID) -> RoleAssignment:
    found = RoleAssignment.objects.select_related("role", "user", "service_account").filter(pk=assignment_id).first()
    if found is None:
        raise NotFound
    return found
