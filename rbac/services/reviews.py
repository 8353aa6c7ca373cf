"""Reviews of access: begun for a place or a role, remembered once, closed by the clock. What is decided in them: `verdicts`."""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q

from common import scopes
from common.actors import Actor
from common.errors import FieldError
from events.bus import publish
from rbac.errors.requests import AlreadyDecided
from rbac.errors.reviews import InvalidDeadline
from rbac.events.reviews import AccessReviewClosed, AccessReviewOpened, AccessReviewReminded
from rbac.models import AccessReview, ReviewItem, Role, Verdict
from rbac.services import powers, review_items, verdicts

BEGINS = "access_review:add"
LONGEST = timedelta(days=730)
REVIEWS_AT_ONCE = 20
BATCH = 200


@transaction.atomic
def begin(
    title: str,
    *,
    scope: str = scopes.ROOT,
    role: Role | None = None,
    due_at: datetime,
    on_silence: str,
    actor: Actor,
    at: datetime,
) -> AccessReview:
    """Asks about each assignment there that has not ended by now; what is given later is in the next review."""
    place = scopes.checked(scope)
    powers.demand(actor, BEGINS, scope=place, at=at)
    _check_deadline(due_at, at)
    review = AccessReview.objects.create(
        title=title,
        scope=place,
        role=role,
        due_at=due_at,
        on_silence=on_silence,
        created_by=actor.id,
        created_at=at,
        remind_at=due_at - min(settings.ROLE_EXPIRY_WARNING, (due_at - at) / 2),
    )
    count = review_items.lay_out(review, at=at)
    publish(AccessReviewOpened(**_named(review), on_silence=on_silence, items=count), actor=actor, at=at)
    return review


def remind(*, actor: Actor, at: datetime) -> int:
    """Have those mailed who have not decided all of theirs; of two who do so at once, one does."""
    due = AccessReview.objects.to_remind_of(at=at).order_by("due_at")[:REVIEWS_AT_ONCE]
    return sum(_remind(review, actor=actor, at=at) for review in due)


def close_due(*, actor: Actor, at: datetime) -> int:
    """Let silence decide what nobody has, a bounded batch at a time, and close the reviews of which nothing is left."""
    due = AccessReview.objects.due(at=at).order_by("due_at")[:REVIEWS_AT_ONCE]
    return sum(_close(review, actor=actor, at=at) for review in due)


def _check_deadline(due_at: datetime, at: datetime) -> None:
    if not timedelta() < due_at - at <= LONGEST:
        fault = InvalidDeadline.title
        raise InvalidDeadline(fault, errors=[FieldError("due_at", InvalidDeadline.code, fault)])


@transaction.atomic
def _remind(review: AccessReview, *, actor: Actor, at: datetime) -> bool:
    undecided = ReviewItem.objects.undecided().filter(review=review).count()
    if not AccessReview.objects.filter(pk=review.pk, reminded_at=None).update(reminded_at=at):
        return False
    if undecided:
        publish(AccessReviewReminded(**_named(review), undecided=undecided), actor=actor, at=at)
    return bool(undecided)


def _close(review: AccessReview, *, actor: Actor, at: datetime) -> bool:
    silent = ReviewItem.objects.undecided().filter(review=review).order_by("pk")[:BATCH]
    for item in silent:
        with suppress(AlreadyDecided):
            verdicts.decide_by_silence(item, actor=actor, at=at)
    return _finish(review, actor=actor, at=at)


@transaction.atomic
def _finish(review: AccessReview, *, actor: Actor, at: datetime) -> bool:
    if ReviewItem.objects.undecided().filter(review=review).exists():
        return False
    closed = AccessReview.objects.open().filter(pk=review.pk).update(closed_at=at)
    if closed:
        counts = ReviewItem.objects.filter(review=review).aggregate(
            kept=Count("pk", filter=Q(verdict=Verdict.KEEP)), removed=Count("pk", filter=Q(verdict=Verdict.REMOVE))
        )
        publish(AccessReviewClosed(**_named(review), **counts), actor=actor, at=at)
    return bool(closed)


def _named(review: AccessReview) -> dict[str, Any]:
    return {"subject_id": review.pk, "scope": review.scope, "role_id": review.role_id, "due_at": review.due_at}
