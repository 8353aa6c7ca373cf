"""Whom a review asks about what."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import User
from rbac.errors.reviews import ReviewTooLarge
from rbac.models import (
    AccessReview,
    GroupMembership,
    ReviewItem,
    RoleAssignment,
    RoleAssignmentQuerySet,
)
from rbac.models.assignments import HOLDER_FIELDS

MOST_ITEMS = 10_000
BATCH = 500


def lay_out(review: AccessReview, *, at: datetime) -> int:
    """An item for each assignment that the review is about; tells how many."""
    about = _assignments(review, at=at)
    count = about.count()
    if count > MOST_ITEMS:
        raise ReviewTooLarge(f"There are {count} assignments, and a review has at most {MOST_ITEMS}: narrow it down.")
    _hold_holders(about)
    people = _people(about, review)
    for batch in _batches(about):
        own = _memberships(batch, people)
        items = [
            ReviewItem(review=review, assignment_id=given.pk, reviewer_id=_reviewer(given, review, people, own))
            for given in batch
        ]
        ReviewItem.objects.bulk_create(items)
    return count


def _assignments(review: AccessReview, *, at: datetime) -> RoleAssignmentQuerySet:
    found = RoleAssignment.objects.unfinished(at=at).within([review.scope])
    return found.filter(role=review.role_id) if review.role_id else found


def _hold_holders(about: RoleAssignmentQuerySet) -> None:
    # With whoever is erased her assignments go, and an item about one of those would point at nothing.
    for kind, field in HOLDER_FIELDS.items():
        rows: QuerySet[Any] = kind.objects.select_for_update(no_key=True)  # type: ignore[attr-defined]  # models all
        list(rows.filter(pk__in=about.order_by().values(field)).order_by("pk").values_list("pk"))


def _batches(about: RoleAssignmentQuerySet) -> Iterator[list[RoleAssignment]]:
    last: Any = None
    while batch := list(about.filter(pk__gt=last).order_by("pk")[:BATCH] if last else about.order_by("pk")[:BATCH]):
        yield batch
        last = batch[-1].pk


def _people(about: RoleAssignmentQuerySet, review: AccessReview) -> frozenset[UUID]:
    """Of those who gave any of it, and the one who began the review, the people who can still sign in."""
    givers = set(about.order_by().values_list("assigned_by", flat=True).distinct()) | {review.created_by}
    active = User.objects.filter(pk__in=[one for one in givers if one], is_active=True)
    return frozenset(active.values_list("pk", flat=True))


def _memberships(batch: list[RoleAssignment], people: frozenset[UUID]) -> frozenset[tuple[UUID, UUID]]:
    groups = {given.group_id for given in batch if given.group_id}
    found = GroupMembership.objects.filter(group__in=groups, user__in=people)
    return frozenset(found.values_list("group_id", "user_id"))


def _reviewer(
    given: RoleAssignment, review: AccessReview, people: frozenset[UUID], own: frozenset[tuple[UUID, UUID]]
) -> UUID | None:
    """Whoever gave it, or else who began the review; never whoever has it. Nobody: all who may end it."""
    for one in (given.assigned_by, review.created_by):
        if one in people and one != given.user_id and (given.group_id, one) not in own:
            return one
    return None
