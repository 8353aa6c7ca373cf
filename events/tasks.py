"""Envelopes for Celery: ids in, keywords only, unknown keywords tolerated, safe to run twice."""

from uuid import UUID

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from events.services import delivery, relay, retention

# A try ends before its lease does, or another worker would begin it anew while it runs.
_LEASE = settings.DELIVERY_LEASE.total_seconds()
HARD_LIMIT = int(_LEASE * 0.9)
SOFT_LIMIT = int(_LEASE * 0.75)


@shared_task(name="events.relay", ignore_result=True)
def relay_outbox(**_: object) -> int:
    return relay.run(at=timezone.now())


@shared_task(name="events.deliver", ignore_result=True, soft_time_limit=SOFT_LIMIT, time_limit=HARD_LIMIT)
def deliver(*, delivery_id: str, **_: object) -> str:
    return delivery.deliver(UUID(delivery_id), at=timezone.now())


@shared_task(name="events.sweep_deliveries", ignore_result=True)
def sweep_deliveries(**_: object) -> int:
    return delivery.sweep(at=timezone.now())


@shared_task(name="events.purge")
def purge(**_: object) -> dict[str, int]:
    return retention.purge(at=timezone.now())
