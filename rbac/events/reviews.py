"""Reviews of access: opened, remembered, decided item by item, closed. What a review is called is people's words, and stays out."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from events.bus import DomainEvent


@dataclass(frozen=True, kw_only=True)
class AccessReviewEvent(DomainEvent):
    subject_type = "access_review"
    scope: str
    role_id: UUID | None
    due_at: datetime


@dataclass(frozen=True, kw_only=True)
class AccessReviewOpened(AccessReviewEvent):
    kind = "rbac.access_review.opened"
    on_silence: str
    items: int


@dataclass(frozen=True, kw_only=True)
class AccessReviewReminded(AccessReviewEvent):
    """Once, some time before it is due: those who have not decided all of theirs are mailed again."""

    kind = "rbac.access_review.reminded"
    undecided: int


@dataclass(frozen=True, kw_only=True)
class AccessReviewDecided(DomainEvent):
    """About one assignment. `by_silence`: nobody had, and so the review's own rule did."""

    kind = "rbac.access_review.decided"
    subject_type = "access_review"
    item_id: UUID
    assignment_id: UUID
    verdict: str
    by_silence: bool


@dataclass(frozen=True, kw_only=True)
class AccessReviewClosed(AccessReviewEvent):
    kind = "rbac.access_review.closed"
    kept: int
    removed: int
