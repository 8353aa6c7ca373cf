"""What is forgotten by the clock. Safe to run twice, and from two beats."""

from celery import shared_task
from django.utils import timezone

from accounts.services import retention


@shared_task(name="accounts.purge_unverified")
def purge_unverified(**_: object) -> int:
    return retention.purge_unverified(at=timezone.now())


@shared_task(name="accounts.purge_links_and_counters")
def purge_links_and_counters(**_: object) -> int:
    return retention.purge_links_and_counters(at=timezone.now())
