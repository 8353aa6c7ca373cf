"""The server's own house-keeping."""

from datetime import datetime

from celery import shared_task
from django.conf import settings
from django.contrib.sessions.models import Session as BrowserSession
from django.db.models import Model, QuerySet
from django.utils import timezone
from django_celery_results.models import GroupResult, TaskResult

BATCH = 1000
MOST_BATCHES = 20


@shared_task(name="maintenance.purge_results")
def purge_results(**_: object) -> int:
    """How many rows went. What is left over after so many batches waits for the next run."""
    return sum(_delete_in_batches(rows) for rows in outdated(at=timezone.now()))


def outdated(*, at: datetime) -> tuple[QuerySet[Model], ...]:
    kept_since = at - settings.RESULT_RETENTION
    return (
        TaskResult.objects.filter(date_done__lt=kept_since),
        GroupResult.objects.filter(date_done__lt=kept_since),
        BrowserSession.objects.filter(expire_date__lt=at),
    )


def _delete_in_batches(rows: QuerySet[Model]) -> int:
    gone = 0
    for _ in range(MOST_BATCHES):
        batch = list(rows.order_by().values_list("pk", flat=True)[:BATCH])
        gone += rows.filter(pk__in=batch).delete()[0]
        if len(batch) < BATCH:
            break
    return gone
