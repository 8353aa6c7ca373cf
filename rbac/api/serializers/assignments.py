"""Assignments as JSON."""

from typing import Any

from django.utils import timezone
from rest_framework import serializers

from accounts.models import ServiceAccount, User
from common import scopes
from common.http.places import Known
from common.http.serializers import CleanCharField, StrictSerializer, UtcDateTimeField
from rbac.api.serializers.fields import GroupField, RoleField
from rbac.models import RoleAssignment
from rbac.models.assignments import HOLDERS


class AssignmentRequest(StrictSerializer):
    """To a `user`, a `service_account` or a `group` (by id or by name); one of them."""

    role = RoleField()
    user = serializers.PrimaryKeyRelatedField(
        queryset=User.objects.all(),
        pk_field=serializers.UUIDField(),
        required=False,
        validators=[Known("user:view")],
    )
    service_account = serializers.PrimaryKeyRelatedField(
        queryset=ServiceAccount.objects.all(),
        pk_field=serializers.UUIDField(),
        required=False,
        validators=[Known("service_account:view")],
    )
    group = GroupField(required=False, validators=[Known("group:view")])
    scope = CleanCharField(max_length=scopes.MAX_LENGTH, required=False)
    valid_from = UtcDateTimeField(required=False, allow_null=True)
    valid_until = UtcDateTimeField(required=False, allow_null=True)
    reason = CleanCharField(max_length=500, required=False, allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        holders = [attrs.pop(name) for name in HOLDERS if name in attrs]
        if len(holders) != 1:
            words = "Name a user, a service account or a group, and only one."
            raise serializers.ValidationError({"user": words}, code="invalid" if holders else "required")
        return {**attrs, "holder": holders[0]}


class AssignmentAnswer(serializers.ModelSerializer[RoleAssignment]):
    """`active`: whether it counts now, by the clock and by nobody having ended it. Two of the three holders are null."""

    role = RoleField(read_only=True)
    user = serializers.UUIDField(source="user_id", allow_null=True)
    service_account = serializers.UUIDField(source="service_account_id", allow_null=True)
    group = serializers.UUIDField(source="group_id", allow_null=True)
    valid_from = UtcDateTimeField(allow_null=True)
    valid_until = UtcDateTimeField(allow_null=True)
    created_at = UtcDateTimeField()
    ended_at = UtcDateTimeField(allow_null=True)
    active = serializers.SerializerMethodField()

    class Meta:
        model = RoleAssignment
        fields = [
            *("id", "role", "role_id", "user", "service_account", "group", "scope"),
            *("valid_from", "valid_until", "active"),
            *("reason", "assigned_by", "created_at", "ended_by", "ended_at"),
        ]

    def get_active(self, given: RoleAssignment) -> bool:
        return given.stands(at=timezone.now())
