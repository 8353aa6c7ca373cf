"""Forgetting sessions that have been over for so long that nobody asks any more."""

from collections.abc import Iterator
from datetime import datetime
from itertools import chain, islice
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from tokens.models import Session

BATCH = 1000
MOST_BATCHES = 200  # of each kind in one run, so that a backlog does not outlast the task's time limit


def purge(*, at: datetime, batch: int = BATCH) -> int:
    """Delete sessions that ended, or ran out, SESSION_RETENTION ago; how many. Small batches, each its own transaction."""
    before = at - settings.SESSION_RETENTION
    # Two questions, because each has its index.
    ended, ran_out = Q(revoked_at__lt=before), Q(idle_expires_at__lt=before)
    return sum(chain.from_iterable(islice(_batches(over, batch), MOST_BATCHES) for over in (ended, ran_out)))


def _batches(over: Q, batch: int) -> Iterator[int]:
    while ids := _some(over, batch):
        yield Session.objects.filter(pk__in=ids).delete()[0]
        if len(ids) < batch:
            return


def _some(over: Q, batch: int) -> list[UUID]:
    return list(Session.objects.filter(over).order_by().values_list("pk", flat=True)[:batch])
