"""Permissions as JSON."""

from rest_framework import serializers

from common.http.serializers import CleanCharField, StrictSerializer, UtcDateTimeField
from rbac.models import Permission


class PermissionRequest(StrictSerializer):
    name = CleanCharField(max_length=161)
    description = CleanCharField(max_length=300, required=False, allow_blank=True)


class PermissionAnswer(serializers.ModelSerializer[Permission]):
    created_at = UtcDateTimeField()

    class Meta:
        model = Permission
        fields = ["id", "name", "description", "is_builtin", "created_at"]
