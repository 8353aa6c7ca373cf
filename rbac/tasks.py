"""What comes due by the clock. Safe to run twice, and from two beats."""

from celery import shared_task
from django.utils import timezone

from common.actors import SYSTEM
from rbac.services import expiry, requests, reviews


@shared_task(name="rbac.lapse_requests")
def lapse_requests(**_: object) -> int:
    return requests.lapse(actor=SYSTEM, at=timezone.now())


@shared_task(name="rbac.warn_of_expiry")
def warn_of_expiry(**_: object) -> int:
    return expiry.warn(actor=SYSTEM, at=timezone.now())


@shared_task(name="rbac.tend_reviews")
def tend_reviews(**_: object) -> int:
    """First what is due, so that nobody is reminded of a review that closes in the same moment."""
    now = timezone.now()
    return reviews.close_due(actor=SYSTEM, at=now) + reviews.remind(actor=SYSTEM, at=now)
