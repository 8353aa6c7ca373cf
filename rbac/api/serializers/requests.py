"""What the API takes and gives of roles that are asked for."""

from typing import Any

from django.utils import timezone
from rest_framework import serializers

from common import scopes
from common.http.serializers import CleanCharField, StrictSerializer, UtcDateTimeField
from rbac.api.serializers.fields import RoleField
from rbac.models import RoleRequest

LONGEST_REASON = 500
MOST_MINUTES = 32767


class AskForRoleRequest(StrictSerializer):
    """A role at a scope, or what extends an assignment of one's own; then role and scope are those of the assignment."""

    role = RoleField(required=False)
    scope = CleanCharField(max_length=scopes.MAX_LENGTH, required=False)
    extends = serializers.UUIDField(required=False)
    until = UtcDateTimeField()
    reason = CleanCharField(max_length=LONGEST_REASON, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "extends" in attrs:
            return self._extending(attrs)
        missing = {name: "This is needed." for name in ("role", "reason") if name not in attrs}
        if missing:
            raise serializers.ValidationError(missing, code="required")
        return {"scope": scopes.ROOT, **attrs}

    def _extending(self, attrs: dict[str, Any]) -> dict[str, Any]:
        stray: dict[str, str] = {name: "That of the assignment stays." for name in ("role", "scope") if name in attrs}
        if stray:
            raise serializers.ValidationError(stray, code="invalid")
        return {"reason": "", **attrs}


class BreakGlassRequest(StrictSerializer):
    role = RoleField()
    scope = CleanCharField(max_length=scopes.MAX_LENGTH, default=scopes.ROOT)
    reason = CleanCharField(max_length=LONGEST_REASON)
    minutes = serializers.IntegerField(min_value=1, max_value=MOST_MINUTES, required=False)


class ExtensionLinkRequest(StrictSerializer):
    token = CleanCharField(max_length=200, verbatim=True)


class WithdrawalRequest(StrictSerializer):
    """Nothing."""


class DenialRequest(StrictSerializer):
    note = CleanCharField(max_length=LONGEST_REASON, required=False, allow_blank=True)


class ApprovalRequest(DenialRequest):
    until = UtcDateTimeField(required=False)


class RoleRequestAnswer(serializers.ModelSerializer[RoleRequest]):
    """`state` is by the clock: what nobody decided in time has lapsed. `assignment` is what an approval made."""

    role = RoleField(read_only=True)
    requester = serializers.UUIDField(source="requester_id")
    extends = serializers.UUIDField(source="extends_id", allow_null=True)
    assignment = serializers.UUIDField(source="assignment_id", allow_null=True)
    state = serializers.SerializerMethodField()
    until = UtcDateTimeField()
    decided_at = UtcDateTimeField(allow_null=True)
    created_at = UtcDateTimeField()

    class Meta:
        model = RoleRequest
        fields = [
            *("id", "requester", "role", "role_id", "scope", "until", "reason", "state", "broke_glass", "extends"),
            *("assignment", "decided_by", "decided_at", "note", "created_at"),
        ]

    def get_state(self, asked: RoleRequest) -> str:
        return asked.state_at(timezone.now()).value
