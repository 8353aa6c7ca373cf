"""What Prometheus reads: the counters of all processes of this node, summed, and what the database knows of waiting work."""

import os

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from events.metrics import WaitingWork

CONTENT_TYPE = CONTENT_TYPE_LATEST


def page() -> bytes:
    """Processes share what they count over the files in PROMETHEUS_MULTIPROC_DIR; without it there is only this one."""
    registry = CollectorRegistry()
    registry.register(WaitingWork())
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(registry)
        return generate_latest(registry)
    return generate_latest(REGISTRY) + generate_latest(registry)
