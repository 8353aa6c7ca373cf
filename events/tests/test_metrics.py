"""What Prometheus is told."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

import pytest
from prometheus_client import REGISTRY

from events.metrics import WaitingWork
from events.services import delivery
from events.tests.factories import lit, owed
from events.tests.fakes import Subscriber

pytestmark = pytest.mark.django_db


def gauges() -> dict[str, float]:
    return {sample.name: sample.value for gauge in WaitingWork().collect() for sample in gauge.samples}


def test_what_waits_and_what_was_given_up_is_counted(watcher: Subscriber, noon: datetime) -> None:
    lit(at=noon)
    owed(at=noon)
    owed(at=noon, state="dead", finished_at=noon)
    owed(at=noon, state="done", finished_at=noon)

    assert gauges() == {
        "identity_outbox_waiting": 1,
        "identity_deliveries_unfinished": 1,
        "identity_deliveries_dead": 1,
    }


def test_each_attempt_is_counted_by_consumer_and_outcome(watcher: Subscriber, noon: datetime) -> None:
    labels = {"consumer": "tests.watcher", "outcome": "done"}
    before = REGISTRY.get_sample_value("identity_delivery_attempts_total", labels) or 0

    delivery.deliver(owed(at=noon).pk, at=noon)

    assert REGISTRY.get_sample_value("identity_delivery_attempts_total", labels) == before + 1


def test_counting_asks_once_for_each_figure(
    django_assert_num_queries: Callable[..., AbstractContextManager[Any]],
) -> None:
    with django_assert_num_queries(3):
        gauges()
