"""Permissions over HTTP."""

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
from rbac.models import Permission
from rbac.services import permissions


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
        return _answer(made, status=201)


class OnePermission(ApiView):
    needs = {"GET": "permission:view", "PATCH": "permission:change", "DELETE": "permission:delete"}

    @extend_schema(responses=serializers.PermissionAnswer)
    def get(self, request: Request, permission_id: UUID) -> Response:
        del request
        return _answer(_permission(permission_id))

    @extend_schema(request=serializers.PermissionChangeRequest, responses=serializers.PermissionAnswer)
    def patch(self, request: Request, permission_id: UUID) -> Response:
        """Its name stays: roles and programs know it by that. What is built in stays as it is (409 `builtin_permission`)."""
        asked = self.read(request, serializers.PermissionChangeRequest)
        described = permissions.describe(
            _permission(permission_id),
            asked.get("description"),
            if_version=expected_version(request),
            actor=actor_of(request),
            at=timezone.now(),
        )
        return _answer(described)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, permission_id: UUID) -> Response:
        """Only of what no role holds."""
        permissions.remove(
            _permission(permission_id), if_version=expected_version(request), actor=actor_of(request), at=timezone.now()
        )
        return Response(status=204)


def _permission(permission_id: UUID) -> Permission:
    found = Permission.objects.filter(pk=permission_id).first()
    if found is None:
        raise NotFound
    return found


def _answer(permission: Permission, *, status: int = 200) -> Response:
    return answer(serializers.PermissionAnswer(permission).data, status=status, version=permission.version)
