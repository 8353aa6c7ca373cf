"""What the API of rbac takes and gives."""

from typing import Any

from django.utils import timezone
from rest_framework import serializers

from accounts.models import ServiceAccount, User
from common.http.serializers import CleanCharField, StrictSerializer, UtcDateTimeField
from rbac import scopes, selectors
from rbac.models import Permission, Role, RoleAssignment

MOST_PERMISSIONS = 1000


class PermissionRequest(StrictSerializer):
    name = CleanCharField(max_length=161)
    description = CleanCharField(max_length=300, required=False, allow_blank=True)


class PermissionAnswer(serializers.ModelSerializer[Permission]):
    created_at = UtcDateTimeField()

    class Meta:
        model = Permission
        fields = ["id", "name", "description", "is_builtin", "created_at"]


class RoleChangeRequest(StrictSerializer):
    title = CleanCharField(max_length=150, required=False, allow_blank=True)
    description = CleanCharField(max_length=500, required=False, allow_blank=True, multiline=True)
    permissions = serializers.ListField(
        child=CleanCharField(max_length=161), required=False, max_length=MOST_PERMISSIONS
    )


class RoleRequest(RoleChangeRequest):
    name = CleanCharField(max_length=80)
    permissions = serializers.ListField(child=CleanCharField(max_length=161), default=list, max_length=MOST_PERMISSIONS)


class RoleAnswer(serializers.ModelSerializer[Role]):
    permissions = serializers.SerializerMethodField()
    created_at = UtcDateTimeField()
    updated_at = UtcDateTimeField()

    class Meta:
        model = Role
        fields = ["id", "name", "title", "description", "permissions", "is_builtin", "created_at", "updated_at"]

    def get_permissions(self, role: Role) -> list[str]:
        return sorted(one.pattern for one in role.held.all())


class EffectivePermissionAnswer(serializers.Serializer[Any]):
    """What the role holds, and which declared permissions that gives now."""

    name = serializers.CharField()
    gives = serializers.ListField(child=serializers.CharField())


class EffectivePermissionsAnswer(serializers.Serializer[Any]):
    permissions = EffectivePermissionAnswer(many=True)


class RoleField(CleanCharField):
    """A role by id or by name; told by name."""

    default_error_messages = {"does_not_exist": "There is no such role."}

    def to_internal_value(self, data: Any) -> Any:
        return selectors.role_called(super().to_internal_value(data)) or self.fail("does_not_exist")

    def to_representation(self, value: Any) -> str:
        return str(value.name)


class AssignmentRequest(StrictSerializer):
    """To a `user` or to a `service_account`; one of them."""

    role = RoleField()
    user = serializers.PrimaryKeyRelatedField(
        queryset=User.objects.all(), pk_field=serializers.UUIDField(), required=False
    )
    service_account = serializers.PrimaryKeyRelatedField(
        queryset=ServiceAccount.objects.all(), pk_field=serializers.UUIDField(), required=False
    )
    scope = CleanCharField(max_length=scopes.MAX_LENGTH, default=scopes.ROOT)
    valid_from = UtcDateTimeField(required=False, allow_null=True)
    valid_until = UtcDateTimeField(required=False, allow_null=True)
    reason = CleanCharField(max_length=500, required=False, allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        holders = [attrs.pop(name) for name in ("user", "service_account") if name in attrs]
        if len(holders) != 1:
            words = "Name a user or a service account, and not both."
            raise serializers.ValidationError({"user": words}, code="invalid" if holders else "required")
        return {**attrs, "holder": holders[0]}


class AssignmentAnswer(serializers.ModelSerializer[RoleAssignment]):
    """`active`: whether it counts now, by the clock and by nobody having ended it. One of the holders is null."""

    role = RoleField(read_only=True)
    user = serializers.UUIDField(source="user_id", allow_null=True)
    service_account = serializers.UUIDField(source="service_account_id", allow_null=True)
    valid_from = UtcDateTimeField(allow_null=True)
    valid_until = UtcDateTimeField(allow_null=True)
    created_at = UtcDateTimeField()
    ended_at = UtcDateTimeField(allow_null=True)
    active = serializers.SerializerMethodField()

    class Meta:
        model = RoleAssignment
        fields = [
            *("id", "role", "role_id", "user", "service_account", "scope", "valid_from", "valid_until", "active"),
            *("reason", "assigned_by", "created_at", "ended_by", "ended_at"),
        ]

    def get_active(self, given: RoleAssignment) -> bool:
        return given.stands(at=timezone.now())


class SourceAnswer(serializers.Serializer[Any]):
    """`assignment` is null for superusers, who hold everything without one."""

    role = serializers.CharField()
    scope = serializers.CharField()
    assignment = serializers.UUIDField(source="assignment_id", allow_null=True)
    valid_until = UtcDateTimeField(allow_null=True)


class HeldPermissionAnswer(serializers.Serializer[Any]):
    name = serializers.CharField()
    sources = SourceAnswer(many=True)


class OwnPermissionsAnswer(serializers.Serializer[Any]):
    scope = serializers.CharField(allow_null=True)
    permissions = HeldPermissionAnswer(many=True)
