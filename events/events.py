"""The facts that events publishes."""

from dataclasses import dataclass
from uuid import UUID

from events.bus import DomainEvent


@dataclass(frozen=True, kw_only=True)
class DeliveryRetried(DomainEvent):
    """Staff gave a delivery that had failed new tries, from now on."""

    kind = "events.delivery.retried"
    subject_type = "delivery"
    event_id: UUID
    consumer: str
