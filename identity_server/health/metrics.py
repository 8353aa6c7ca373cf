"""What Prometheus reads: the counters of all processes of this node, summed, and what the database knows of work and keys."""

import os

import structlog
from django.db import DatabaseError
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from events.metrics import WaitingWork
from tokens.metrics import SigningKeyAges

CONTENT_TYPE = CONTENT_TYPE_LATEST
log = structlog.get_logger(__name__)


def page() -> bytes:
    """Processes share what they count over the files in PROMETHEUS_MULTIPROC_DIR; without it there is only this one."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(REGISTRY) + _from_the_database()
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # prometheus_client types the rest
    return generate_latest(registry) + _from_the_database()


def _from_the_database() -> bytes:
    registry = CollectorRegistry()
    registry.register(WaitingWork())
    registry.register(SigningKeyAges())
    try:
        return generate_latest(registry)
    except DatabaseError as error:
        # While the database is down, the counters are wanted most.
        log.warning("metrics_without_the_database", error=str(error))
        return b""
