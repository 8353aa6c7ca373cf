"""Changes of the keys that meet each other, on a database server that really runs them at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from django.db import connection
from pytest_django import Settings

from common.actors import SYSTEM
from tokens.models import SigningKey
from tokens.services import keys

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]
ROUNDS = 5
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _several(settings: Settings) -> None:
    if not connection.features.has_select_for_update:
        pytest.skip("this database runs one transaction at a time")
    settings.SIGNING_ALGORITHMS = ["ES256", "EdDSA"]


def together(*work: Callable[[], object]) -> None:
    """Starts all of it at the same moment, and passes on what goes wrong."""
    start = Barrier(len(work))

    def run(each: Callable[[], object]) -> None:
        start.wait()
        try:
            each()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(work)) as threads:
        list(threads.map(run, work))


def there() -> set[str]:
    return set(SigningKey.objects.values_list("kid", flat=True))


def test_of_many_emergencies_at_once_each_ends_with_a_key_for_each_algorithm(noon: datetime) -> None:
    for _ in range(ROUNDS):
        keys.tend(at=noon)
        before = there()

        together(*[lambda: keys.replace_all(actor=SYSTEM, at=noon)] * 4)

        assert sorted(SigningKey.objects.values_list("algorithm", "state")) == [
            ("ES256", "active"),
            ("EdDSA", "active"),
        ]
        assert before.isdisjoint(there())


def test_an_emergency_in_the_middle_of_a_hand_over_leaves_none_of_the_old_keys(noon: datetime) -> None:
    for _ in range(ROUNDS):
        keys.tend(at=noon)
        keys.renew(actor=SYSTEM, at=noon)
        before = there()

        together(
            lambda: keys.tend(at=noon + DAY),
            lambda: keys.replace_all(actor=SYSTEM, at=noon + DAY),
            lambda: keys.tend(at=noon + DAY),
        )

        assert before.isdisjoint(there())
        assert set(SigningKey.objects.filter(state="active").values_list("algorithm", flat=True)) == {"ES256", "EdDSA"}
