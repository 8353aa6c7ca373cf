"""Forgetting sessions that have been over for so long that nobody asks any more."""

from collections.abc import Iterable
from datetime import datetime
from itertools import chain
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from tokens.models import Session

BATCH = 1000


def purge(*, at: datetime, batch: int = BATCH) -> int:
    """Delete sessions that ended, or ran out, SESSION_RETENTION ago; how many. Small batches, each its own transaction."""
    before = at - settings.SESSION_RETENTION
    # Two questions, because each has its index.
    ended, ran_out = Q(revoked_at__lt=before), Q(idle_expires_at__lt=before)
    return sum(chain(_batches(ended, batch), _batches(ran_out, batch)))


def _batches(over: Q, batch: int) -> Iterable[int]:
    while ids := _some(over, batch):
        yield Session.objects.filter(pk__in=ids).delete()[0]
        if len(ids) < batch:
            return


def _some(over: Q, batch: int) -> list[UUID]:
    return list(Session.objects.filter(over).order_by().values_list("pk", flat=True)[:batch])
