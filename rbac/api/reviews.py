"""Access reviews over HTTP. Reviewers see what they are asked; those who hold `access_review:view` there see all."""

from typing import ClassVar, cast
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from common.errors import NotFound, Refused
from common.http.actors import actor_of
from common.http.idempotency import idempotent
from common.http.permissions import SELF
from common.http.places import places_of
from common.http.views import ApiView, ListView, answer
from rbac.api.request_filters import AccessReviewFilter, ReviewItemFilter
from rbac.api.serializers.reviews import (
    AccessReviewAnswer,
    AccessReviewRequest,
    ReviewItemAnswer,
    VerdictRequest,
)
from rbac.models import AccessReview, AccessReviewQuerySet, ReviewItem, ReviewItemQuerySet
from rbac.services import reviews, verdicts

SEES = "access_review:view"


class AccessReviews(ListView):
    needs = {"GET": SELF, "POST": SELF}
    output = AccessReviewAnswer
    filterset_class: ClassVar = AccessReviewFilter

    def rows(self, request: Request) -> AccessReviewQuerySet:
        return _reviews(request)

    @extend_schema(request=AccessReviewRequest, responses={201: AccessReviewAnswer})
    @idempotent
    def post(self, request: Request) -> Response:
        """Takes `access_review:add` at that scope. Whoever gave a role is asked about it, or else the caller."""
        asked = self.read(request, AccessReviewRequest)
        begun = reviews.begin(**asked, actor=actor_of(request), at=timezone.now())
        return _told(AccessReview.objects.with_progress().get(pk=begun.pk), status=201)


class OneAccessReview(ApiView):
    needs = {"GET": SELF}

    @extend_schema(responses=AccessReviewAnswer)
    def get(self, request: Request, review_id: UUID) -> Response:
        return _told(_review(request, review_id))


class ReviewItems(ListView):
    """What the review asks about: all of it for those who may see the review, else what the caller is asked."""

    needs = {"GET": SELF}
    output = ReviewItemAnswer
    filterset_class: ClassVar = ReviewItemFilter

    def rows(self, request: Request) -> ReviewItemQuerySet:
        _review(request, self.kwargs["review_id"])
        return _items(request).filter(review=self.kwargs["review_id"])


class ItemVerdict(ApiView):
    """Keep or remove, by its reviewer or by whoever may end the assignment, and never about one's own."""

    needs = {"POST": SELF}

    @extend_schema(request=VerdictRequest, responses=ReviewItemAnswer)
    def post(self, request: Request, review_id: UUID, item_id: UUID) -> Response:
        asked = self.read(request, VerdictRequest)
        item = _items(request).filter(review=review_id, pk=item_id).first()
        if item is None:
            raise NotFound
        outcome = verdicts.decide(item, **asked, actor=actor_of(request), at=timezone.now())
        if isinstance(outcome, Refused):
            return self.told(outcome)
        return answer(ReviewItemAnswer(_items(request).get(pk=item.pk)).data)


def _reviews(request: Request) -> AccessReviewQuerySet:
    known = AccessReview.objects.known_to(_me(request), sees=places_of(request, SEES))
    return known.with_progress().select_related("role")


def _review(request: Request, review_id: UUID) -> AccessReview:
    found = _reviews(request).filter(pk=review_id).first()
    if found is None:
        raise NotFound
    return found


def _items(request: Request) -> ReviewItemQuerySet:
    sees, ends = places_of(request, SEES), places_of(request, verdicts.ENDS)
    return ReviewItem.objects.select_related("assignment__role").known_to(_me(request), sees=sees, ends=ends)


def _me(request: Request) -> UUID:
    return cast("User", request.user).pk


def _told(review: AccessReview, *, status: int = 200) -> Response:
    return answer(AccessReviewAnswer(review).data, status=status, version=review.version)
