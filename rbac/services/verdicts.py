"""What becomes of each assignment in a review: kept or removed, by whoever is asked, or by silence when it is due."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.models import User
from common.actors import Actor, ActorKind
from common.errors import DomainError, NotFound
from events.bus import publish
from rbac.errors import Refused
from rbac.errors.requests import AlreadyDecided
from rbac.errors.reviews import NotYoursToReview, OwnAssignment, ReviewClosed
from rbac.events.reviews import AccessReviewDecided
from rbac.models import GroupMembership, ReviewItem, RoleAssignment, Verdict
from rbac.services import assignments, powers

ENDS = "role_assignment:delete"
WITH = ("review", "assignment__role", "assignment__user", "assignment__service_account", "assignment__group")


@transaction.atomic
def decide(item: ReviewItem, verdict: str, *, note: str = "", actor: Actor, at: datetime) -> ReviewItem | Refused:
    """`remove` ends the assignment as its reviewer could by hand: where that is refused nothing is decided."""
    found = _open(item, at=at)
    _demand(found, actor=actor, at=at)
    if verdict == Verdict.REMOVE:
        outcome = assignments.end(found.assignment, actor=actor, at=at)
        if isinstance(outcome, Refused):
            return outcome
    _settle(found, verdict, note=note, by=actor.id, actor=actor, at=at)
    return found


@transaction.atomic
def decide_by_silence(item: ReviewItem, *, actor: Actor, at: datetime) -> None:
    """By the review's own rule. What is removed so is removed in the name of whoever began it, and never beyond his reach."""
    found = ReviewItem.objects.select_related(*WITH).get(pk=item.pk)
    verdict, note = found.review.on_silence, ""
    if verdict == Verdict.REMOVE and (note := _refusal(found, at=at)):
        verdict = Verdict.KEEP
    # Where somebody was quicker by a moment this undoes the removal, too: people come before silence.
    _settle(found, verdict, note=note[:500], by=None, actor=actor, at=at)


def is_own(assignment: RoleAssignment, person: UUID | None) -> bool:
    """Whether that person has the role by this assignment, herself or in a group."""
    if assignment.group_id is None:
        return person is not None and person in {assignment.user_id, assignment.service_account_id}
    return GroupMembership.objects.filter(group=assignment.group_id, user=person).exists()


def _open(item: ReviewItem, *, at: datetime) -> ReviewItem:
    found = ReviewItem.objects.select_related(*WITH).filter(pk=item.pk).first()
    if found is None:
        raise NotFound
    if found.verdict:
        raise AlreadyDecided
    if found.review.closed_at or found.review.due_at <= at:
        raise ReviewClosed
    return found


def _demand(item: ReviewItem, *, actor: Actor, at: datetime) -> None:
    if is_own(item.assignment, actor.id):
        raise OwnAssignment
    is_asked = actor.id is not None and actor.id == item.reviewer_id
    if not is_asked and not powers.held(actor, ENDS, scope=item.assignment.scope, at=at):
        raise NotYoursToReview


def _refusal(item: ReviewItem, *, at: datetime) -> str:
    """Why it could not be removed; empty where it was."""
    beginner = _beginner(item)
    if not powers.held(beginner, ENDS, scope=item.assignment.scope, at=at):
        return NotYoursToReview.title
    try:
        outcome = assignments.end(item.assignment, actor=beginner, at=at)
    except DomainError as refusal:
        return refusal.detail
    return outcome.error.detail if isinstance(outcome, Refused) else ""


def _beginner(item: ReviewItem) -> Actor:
    began = item.review.created_by
    is_person = User.objects.filter(pk__in=filter(None, [began])).exists()
    kind = ActorKind.USER if is_person else ActorKind.SERVICE_ACCOUNT
    return Actor(kind=kind, id=began, label=str(began))


def _settle(item: ReviewItem, verdict: str, *, note: str, by: UUID | None, actor: Actor, at: datetime) -> None:
    item.verdict, item.note, item.decided_by, item.decided_at = verdict, note, by, at
    undecided = ReviewItem.objects.undecided().filter(pk=item.pk)
    if not undecided.update(verdict=verdict, note=note, decided_by=by, decided_at=at):
        raise AlreadyDecided
    fact = AccessReviewDecided(
        subject_id=item.review_id,
        item_id=item.pk,
        assignment_id=item.assignment_id,
        verdict=str(verdict),
        by_silence=by is None,
    )
    publish(fact, actor=actor, at=at)
