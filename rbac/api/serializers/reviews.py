"""What the API takes and gives of access reviews."""

from typing import Any

from rest_framework import serializers

from common import scopes
from common.http.serializers import CleanCharField, StrictSerializer, UtcDateTimeField
from rbac.api.serializers.assignments import AssignmentAnswer
from rbac.api.serializers.fields import RoleField
from rbac.models import AccessReview, ReviewItem, Silence, Verdict


class AccessReviewRequest(StrictSerializer):
    """Of what is assigned at `scope` or below it; with `role`, only of that role."""

    title = CleanCharField(max_length=150)
    scope = CleanCharField(max_length=scopes.MAX_LENGTH, default=scopes.ROOT)
    role = RoleField(required=False)
    due_at = UtcDateTimeField()
    on_silence = serializers.ChoiceField(choices=Silence.choices, default=Silence.KEEP.value)


class ProgressAnswer(serializers.Serializer[Any]):
    items = serializers.IntegerField(source="total")
    kept = serializers.IntegerField()
    removed = serializers.IntegerField()
    undecided = serializers.IntegerField()


class AccessReviewAnswer(serializers.ModelSerializer[AccessReview]):
    role = RoleField(read_only=True, allow_null=True)
    due_at = UtcDateTimeField()
    created_at = UtcDateTimeField()
    closed_at = UtcDateTimeField(allow_null=True)
    progress = ProgressAnswer(source="*")

    class Meta:
        model = AccessReview
        fields = [
            *("id", "title", "scope", "role", "due_at", "on_silence", "created_by", "created_at", "closed_at"),
            "progress",
        ]


class VerdictRequest(StrictSerializer):
    verdict = serializers.ChoiceField(choices=Verdict.choices)
    note = CleanCharField(max_length=500, required=False, allow_blank=True)


class ReviewItemAnswer(serializers.ModelSerializer[ReviewItem]):
    """`verdict` is null while nobody has decided; `decided_by` is null where silence did."""

    assignment = AssignmentAnswer()
    reviewer = serializers.UUIDField(source="reviewer_id", allow_null=True)
    verdict = serializers.SerializerMethodField()
    decided_at = UtcDateTimeField(allow_null=True)

    class Meta:
        model = ReviewItem
        fields = ["id", "assignment", "reviewer", "verdict", "note", "decided_by", "decided_at"]

    def get_verdict(self, item: ReviewItem) -> str | None:
        return item.verdict or None
