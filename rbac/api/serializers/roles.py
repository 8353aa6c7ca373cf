"""Roles as JSON."""

from typing import Any

from rest_framework import serializers

from common.http.serializers import CleanCharField, StrictSerializer, UtcDateTimeField
from rbac.api.serializers.fields import RolesField, names_of
from rbac.limits import LONGEST_EMERGENCY
from rbac.models import Role

MOST_PERMISSIONS = 1000


class RoleChangeRequest(StrictSerializer):
    title = CleanCharField(max_length=150, required=False, allow_blank=True)
    description = CleanCharField(max_length=500, required=False, allow_blank=True, multiline=True)
    permissions = serializers.ListField(
        child=CleanCharField(max_length=161), required=False, max_length=MOST_PERMISSIONS
    )
    inherits = RolesField(required=False)
    emergency_minutes = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=LONGEST_EMERGENCY
    )


class RoleRequest(RoleChangeRequest):
    name = CleanCharField(max_length=80)
    permissions = serializers.ListField(child=CleanCharField(max_length=161), default=list, max_length=MOST_PERMISSIONS)


class RoleAnswer(serializers.ModelSerializer[Role]):
    """`permissions` are its own; what comes with `inherits` stands in its effective permissions."""

    permissions = serializers.SerializerMethodField()
    inherits = serializers.SerializerMethodField()
    created_at = UtcDateTimeField()
    updated_at = UtcDateTimeField()

    class Meta:
        model = Role
        fields = [
            *("id", "name", "title", "description", "permissions", "inherits", "emergency_minutes"),
            *("is_builtin", "created_at", "updated_at"),
        ]

    def get_permissions(self, role: Role) -> list[str]:
        return sorted(one.pattern for one in role.held.all())

    def get_inherits(self, role: Role) -> list[str]:
        return names_of(link.junior for link in role.junior_links.all())


class EffectivePermissionAnswer(serializers.Serializer[Any]):
    """What the role gives, inherited or its own, which declared permissions that is now, and by which way it comes."""

    name = serializers.CharField()
    gives = serializers.ListField(child=serializers.CharField())
    path = serializers.ListField(child=serializers.CharField())


class EffectivePermissionsAnswer(serializers.Serializer[Any]):
    permissions = EffectivePermissionAnswer(many=True)
