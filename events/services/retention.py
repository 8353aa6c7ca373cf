"""What is forgotten when it has served: relayed outbox entries, done deliveries, remembered answers. Never an event."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet

from events.models import Delivery, DeliveryState, OutboxEntry, RememberedAnswer
from events.services.idempotency import KEPT

BATCH = 1000
MOST_BATCHES = 200


def purge(*, at: datetime) -> dict[str, int]:
    """Delete what is past its time and tell how much of each. Dead deliveries stay until staff have looked at them."""
    old = at - settings.OUTBOX_RETENTION
    return {
        "outbox": _delete(OutboxEntry.objects.filter(relayed_at__lte=old)),
        "deliveries": _delete(Delivery.objects.filter(state=DeliveryState.DONE, finished_at__lte=old)),
        "answers": _delete(RememberedAnswer.objects.filter(created_at__lte=at - KEPT)),
    }


def _delete(rows: QuerySet[Any]) -> int:
    deleted = 0
    for _ in range(MOST_BATCHES):
        gone = _delete_batch(rows)
        deleted += gone
        if gone < BATCH:
            break
    return deleted


@transaction.atomic
def _delete_batch(rows: QuerySet[Any]) -> int:
    # What another purge holds is left to it, so that two never wait for each other.
    free = connection.features.has_select_for_update_skip_locked
    batch = rows.select_for_update(skip_locked=free).order_by("pk").values_list("pk", flat=True)[:BATCH]
    found: QuerySet[Any] = rows.model._base_manager.filter(pk__in=list(batch))  # noqa: SLF001  Django's documented door
    deleted, _ = found.delete()
    return deleted
