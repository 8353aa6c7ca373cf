"""Groups and who is in them as JSON."""

from rest_framework import serializers

from accounts.models import User
from common import scopes
from common.http.places import Known
from common.http.serializers import CleanCharField, StrictSerializer, UtcDateTimeField
from rbac.models import Group, GroupMembership
from rbac.services.names import LONGEST


class GroupChangeRequest(StrictSerializer):
    title = CleanCharField(max_length=150, required=False, allow_blank=True)
    description = CleanCharField(max_length=500, required=False, allow_blank=True, multiline=True)
    scope = CleanCharField(max_length=scopes.MAX_LENGTH, required=False)


class GroupRequest(GroupChangeRequest):
    name = CleanCharField(max_length=LONGEST)


class GroupAnswer(serializers.ModelSerializer[Group]):
    """`scope` is where it is at home. What it holds stands among the role assignments."""

    created_at = UtcDateTimeField()
    updated_at = UtcDateTimeField()

    class Meta:
        model = Group
        fields = ["id", "name", "title", "description", "scope", "created_at", "updated_at"]


class GroupMemberRequest(StrictSerializer):
    user = serializers.PrimaryKeyRelatedField(
        queryset=User.objects.all(), pk_field=serializers.UUIDField(), validators=[Known("user:view")]
    )


class GroupMemberAnswer(serializers.ModelSerializer[GroupMembership]):
    user = serializers.UUIDField(source="user_id")
    created_at = UtcDateTimeField()

    class Meta:
        model = GroupMembership
        fields = ["user", "added_by", "created_at"]
