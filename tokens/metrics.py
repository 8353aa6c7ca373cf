"""What Prometheus is told of the signing keys: their ages, and whether somebody should look after them."""

from collections.abc import Iterator

from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from tokens import key_life, key_watch


class SigningKeyAges(Collector):
    """Asks the database when it is scraped, so that the figures are right also where neither worker nor beat runs."""

    def describe(self) -> Iterator[GaugeMetricFamily]:
        yield GaugeMetricFamily(
            "identity_signing_key_age_seconds", "How long the present key has signed.", labels=["algorithm"]
        )
        yield GaugeMetricFamily(
            "identity_signing_key_rotation_overdue", "1 while the rotation of any key is overdue (does beat run?)."
        )

    def collect(self) -> Iterator[GaugeMetricFamily]:
        now, lives, chains = timezone.now(), key_watch.lifetimes(), key_watch.chains()
        age, overdue = self.describe()
        for chain in chains:
            if chain.active:
                age.add_metric([chain.algorithm], (now - key_life.begun(chain.active)).total_seconds())
        overdue.add_metric([], any(key_life.overdue(chain, lives=lives, at=now) for chain in chains))
        yield from (age, overdue)
