"""What the caller holds, as JSON."""

from typing import Any

from rest_framework import serializers

from common.http.serializers import UtcDateTimeField


class SourceAnswer(serializers.Serializer[Any]):
    """`role_path` leads from the role that she has down to the one that gives it; `group` is the one through which she has it.

    `assignment` is null for superusers, who hold everything without one.
    """

    role = serializers.CharField()
    role_path = serializers.ListField(source="path", child=serializers.CharField())
    group = serializers.CharField(allow_null=True)
    scope = serializers.CharField()
    assignment = serializers.UUIDField(source="assignment_id", allow_null=True)
    valid_until = UtcDateTimeField(allow_null=True)


class HeldPermissionAnswer(serializers.Serializer[Any]):
    name = serializers.CharField()
    sources = SourceAnswer(many=True)


class OwnPermissionsAnswer(serializers.Serializer[Any]):
    scope = serializers.CharField(allow_null=True)
    permissions = HeldPermissionAnswer(many=True)
