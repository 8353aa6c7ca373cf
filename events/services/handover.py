"""Handing work to Celery by name. The database keeps what is owed, so a broker that is down costs time and nothing else."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog
from celery import current_app

from events import backoff
from events.masking import described
from events.models import Delivery

# Until this long after a delivery was claimed for sending, the sweep leaves it to the one who claimed it.
CLAIM = timedelta(seconds=30)
CONFIRM_SECONDS = 5

log = structlog.get_logger(__name__)


def send(task: str, *, queue: str, **envelope: str) -> bool:
    """Whether the broker took the message. It raises nothing and waits only for seconds."""
    try:
        current_app.send_task(
            task,
            kwargs=envelope,
            queue=queue,
            ignore_result=True,
            # A message that reaches no queue is an error, not a success, and a blocked broker is a broker that is down.
            mandatory=True,
            confirm_timeout=CONFIRM_SECONDS,
            retry_policy={"max_retries": 1, "interval_start": 0.1},
        )
    except Exception as error:  # noqa: BLE001  each transport fails in its own classes, and to us they are all one
        log.warning("the broker did not take a message", task=task, queue=queue, error=described(error))
        return False
    return True


def hand_over(deliveries: Iterable[Delivery], *, at: datetime) -> int:
    """Send each, give its message time before the sweep sends another, and tell how many were taken."""
    sent: list[Delivery] = []
    shut: set[str] = set()
    for delivery in deliveries:
        # A queue that takes nothing must not hold up the others, and is not asked again for each delivery.
        if delivery.queue in shut:
            continue
        if send("events.deliver", queue=delivery.queue, delivery_id=str(delivery.pk)):
            sent.append(delivery)
        else:
            shut.add(delivery.queue)
    _trust(sent, at=at)
    return len(sent)


def _trust(sent: Iterable[Delivery], *, at: datetime) -> None:
    by_wait: dict[timedelta, list[Delivery]] = defaultdict(list)
    for delivery in sent:
        by_wait[backoff.patience(at - delivery.next_attempt_at)].append(delivery)
    for wait, group in by_wait.items():
        # Only where the claim still stands: a quick worker may already have set its lease or its next try.
        claimed = Delivery.objects.filter(pk__in=[delivery.pk for delivery in group], sweep_at=group[0].sweep_at)
        claimed.update(sweep_at=at + wait)
