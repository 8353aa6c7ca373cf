"""Everything at once, in this process: for tests and for commands that end before a worker has started."""

from datetime import datetime
from uuid import UUID

from events.models import Delivery
from events.services import delivery, relay


def drain(*, at: datetime) -> int:
    """Relay and deliver until nothing is due, also what the handlers publish; tell how many deliveries succeeded."""
    done = 0
    while due := _due(at=at):
        done += sum(delivery.deliver(found, at=at) is delivery.Outcome.DONE for found in due)
    return done


def _due(*, at: datetime) -> list[UUID]:
    while relay.claim(at=at).entries:
        continue
    return list(Delivery.objects.due(at=at).order_by("pk").values_list("pk", flat=True))
