"""Permissions as JSON."""

from rest_framework import serializers

from common.http.serializers import CleanCharField, StrictSerializer, UtcDateTimeField
from rbac.models import Permission


class PermissionChangeRequest(StrictSerializer):
    description = CleanCharField(max_length=300, required=False, allow_blank=True, multiline=True)


class PermissionRequest(PermissionChangeRequest):
    name = CleanCharField(max_length=161)


class PermissionAnswer(serializers.ModelSerializer[Permission]):
    created_at = UtcDateTimeField()

    class Meta:
        model = Permission
        fields = ["id", "name", "description", "is_builtin", "created_at"]
