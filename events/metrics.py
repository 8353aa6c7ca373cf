"""What Prometheus is told: how deliveries end, and how much waits. Counting stops where more would not change the alarm."""

from collections.abc import Iterator

from django.db.models import QuerySet
from prometheus_client import Counter
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from events.models import Delivery, DeliveryState, OutboxEntry

ENOUGH = 10_000

attempts = Counter("identity_delivery_attempts", "Attempts at deliveries, by how they ended.", ["consumer", "outcome"])


class WaitingWork(Collector):
    """Asks the database when it is scraped, so that the figures are right also where no worker runs."""

    def describe(self) -> Iterator[GaugeMetricFamily]:
        yield GaugeMetricFamily("identity_outbox_waiting", f"Facts not yet relayed (counted up to {ENOUGH}).")
        yield GaugeMetricFamily("identity_deliveries_unfinished", f"Deliveries still owed (counted up to {ENOUGH}).")
        yield GaugeMetricFamily("identity_deliveries_dead", f"Deliveries given up (counted up to {ENOUGH}).")

    def collect(self) -> Iterator[GaugeMetricFamily]:
        counted: tuple[QuerySet[OutboxEntry] | QuerySet[Delivery], ...] = (
            OutboxEntry.objects.waiting(),
            Delivery.objects.filter(finished_at=None),
            Delivery.objects.filter(state=DeliveryState.DEAD),
        )
        for gauge, rows in zip(self.describe(), counted, strict=True):
            gauge.add_metric([], rows.order_by()[:ENOUGH].count())
            yield gauge
