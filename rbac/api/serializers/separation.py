"""Separations of duty as JSON."""

from rest_framework import serializers

from common.http.serializers import CleanCharField, StrictSerializer, UtcDateTimeField
from rbac.api.serializers.fields import RolesField, names_of
from rbac.limits import MOST_ROLES_APART
from rbac.models import SeparationKind, SeparationOfDuty
from rbac.services.names import LONGEST


class SeparationChangeRequest(StrictSerializer):
    description = CleanCharField(max_length=500, required=False, allow_blank=True, multiline=True)
    kind = serializers.ChoiceField(SeparationKind.choices, required=False)
    roles = RolesField(required=False)
    limit = serializers.IntegerField(required=False, min_value=1, max_value=MOST_ROLES_APART - 1)


class SeparationRequest(SeparationChangeRequest):
    """Without a `limit` one may have one of the roles."""

    name = CleanCharField(max_length=LONGEST)
    kind = serializers.ChoiceField(SeparationKind.choices)
    roles = RolesField()


class SeparationAnswer(serializers.ModelSerializer[SeparationOfDuty]):
    roles = serializers.SerializerMethodField()
    created_at = UtcDateTimeField()
    updated_at = UtcDateTimeField()

    class Meta:
        model = SeparationOfDuty
        fields = ["id", "name", "description", "kind", "roles", "limit", "created_at", "updated_at"]

    def get_roles(self, row: SeparationOfDuty) -> list[str]:
        return names_of(one.role for one in row.separated.all())
