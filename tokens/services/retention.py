"""Forgetting what has been over for so long that nobody asks any more: sessions, secrets, and lines of the feed of revocations."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet

from tokens.models import ApiKey, Revocation, ServiceCredential, Session

BATCH = 1000
MOST_BATCHES = 200  # of each kind in one run, so that a backlog does not outlast the task's time limit


def purge(*, at: datetime, batch: int = BATCH) -> int:
    """Delete sessions that ended, or ran out, SESSION_RETENTION ago; how many. Small batches, each its own transaction."""
    before = at - settings.SESSION_RETENTION
    # Two questions, because each has its index.
    ended, ran_out = Q(revoked_at__lt=before), Q(idle_expires_at__lt=before)
    return sum(_purged(Session.objects.filter(over), batch) for over in (ended, ran_out))


def purge_secrets(*, at: datetime, batch: int = BATCH) -> int:
    """Delete secrets of machines and API keys that were revoked, or ran out, SESSION_RETENTION ago; how many."""
    before = at - settings.SESSION_RETENTION
    ended, ran_out = Q(revoked_at__lt=before), Q(expires_at__lt=before)
    kinds: tuple[type[ServiceCredential | ApiKey], ...] = (ServiceCredential, ApiKey)
    return sum(_purged(kind.objects.filter(over), batch) for kind in kinds for over in (ended, ran_out))


def purge_revocations(*, at: datetime, batch: int = BATCH) -> int:
    """Delete the lines about tokens that are all dead by now; how many. The newest stays, so that numbers never go back."""
    newest = Revocation.objects.order_by("-id").values_list("id", flat=True).first()
    return _purged(Revocation.objects.filter(expires_at__lt=at).exclude(id=newest or 0), batch)


def _purged(over: QuerySet[Any], batch: int) -> int:
    return sum(islice(_batches(over, batch), MOST_BATCHES))


def _batches(over: QuerySet[Any], batch: int) -> Iterator[int]:
    while ids := list(over.order_by().values_list("pk", flat=True)[:batch]):
        yield over.model.objects.filter(pk__in=ids).delete()[0]
        if len(ids) < batch:
            return
