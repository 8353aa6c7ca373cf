"""Reviews of the roles that people, machines and groups have."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import Count, Q

from common import scopes
from common.identifiers import uuid7
from common.places import PlacedQuerySet, lying_in
from rbac.models.assignments import RoleAssignment
from rbac.models.roles import Role
from rbac.models.seeing import either


class Silence(models.TextChoices):
    """What becomes of an assignment that nobody has judged when the review is due."""

    KEEP = "keep"
    REMOVE = "remove"


class Verdict(models.TextChoices):
    KEEP = "keep"
    REMOVE = "remove"


PROGRESS = {"kept": Verdict.KEEP, "removed": Verdict.REMOVE, "undecided": ""}


class AccessReviewQuerySet(PlacedQuerySet["AccessReview"]):
    def known_to(self, who: UUID, *, sees: Collection[str]) -> AccessReviewQuerySet:
        """Those at the places where she sees reviews, and those that ask her something."""
        asked = ReviewItem.objects.filter(reviewer=who).values("review")
        return self.filter(either(lying_in(sees), Q(pk__in=asked)))

    def open(self) -> AccessReviewQuerySet:
        return self.filter(closed_at=None)

    def due(self, *, at: datetime) -> AccessReviewQuerySet:
        return self.open().filter(due_at__lte=at)

    def with_progress(self) -> AccessReviewQuerySet:
        """Each with how many assignments it asks about (`total`), and how many of them are kept, removed, undecided."""
        counts = {name: Count("items", filter=Q(items__verdict=verdict)) for name, verdict in PROGRESS.items()}
        return self.annotate(total=Count("items"), **counts)

    def to_remind_of(self, *, at: datetime) -> AccessReviewQuerySet:
        return self.open().filter(reminded_at=None, remind_at__lte=at, due_at__gt=at)


class AccessReview(models.Model):
    """Somebody has to look at each of these assignments by `due_at` and say whether it is still needed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    title = models.CharField(max_length=150)
    scope = models.CharField(max_length=scopes.MAX_LENGTH, default=scopes.ROOT)
    role = models.ForeignKey(Role, on_delete=models.CASCADE, null=True, blank=True, related_name="reviews")
    due_at = models.DateTimeField()
    on_silence = models.CharField(max_length=10, choices=Silence.choices, default=Silence.KEEP)
    created_by = models.UUIDField(null=True, editable=False)
    created_at = models.DateTimeField(editable=False)
    closed_at = models.DateTimeField(null=True, editable=False)
    # When its reviewers are mailed once more, and when they were.
    remind_at = models.DateTimeField(null=True, editable=False)
    reminded_at = models.DateTimeField(null=True, editable=False)

    objects = AccessReviewQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [models.Index(fields=["due_at"], name="review_open", condition=Q(closed_at=None))]

    def __str__(self) -> str:
        return self.title

    @property
    def version(self) -> int:
        """All that can happen to a review is that it is closed."""
        return 2 if self.closed_at else 1


class ReviewItemQuerySet(models.QuerySet["ReviewItem"]):
    def known_to(self, who: UUID, *, sees: Collection[str], ends: Collection[str]) -> ReviewItemQuerySet:
        """Those that she is asked, those of reviews where she sees them, and those of assignments where she may end them."""
        seen, endable = lying_in(sees, field="review__scope"), lying_in(ends, field="assignment__scope")
        return self.filter(either(seen, endable, Q(reviewer=who)))

    def undecided(self) -> ReviewItemQuerySet:
        return self.filter(verdict="")


class ReviewItem(models.Model):
    """One assignment in a review. `reviewer` is who is asked: whoever gave it, or else who began the review."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    review = models.ForeignKey(AccessReview, on_delete=models.CASCADE, related_name="items")
    assignment = models.ForeignKey(RoleAssignment, on_delete=models.CASCADE, related_name="review_items")
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="review_items"
    )
    verdict = models.CharField(max_length=10, choices=Verdict.choices, blank=True)
    note = models.CharField(max_length=500, blank=True)
    decided_by = models.UUIDField(null=True, editable=False)
    decided_at = models.DateTimeField(null=True, editable=False)

    objects = ReviewItemQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["review", "assignment"], name="a_review_asks_once_for_an_assignment"),
            models.CheckConstraint(
                condition=Q(verdict="", decided_at=None) | (~Q(verdict="") & Q(decided_at__isnull=False)),
                name="a_verdict_says_when",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["reviewer", "-id"], name="item_open", condition=Q(verdict=""))]
        default_permissions = ()  # it is changed with its review

    def __str__(self) -> str:
        return f"{self.assignment_id} in {self.review_id}"
