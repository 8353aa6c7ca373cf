"""Who looks at the staff pages: one who may do everything, and one who may do what a test grants."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from accounts.models import User
from common.tests.staff_pages import Granted


@pytest.fixture
def grants(settings: Any) -> Iterator[Callable[..., None]]:
    """Says what staff may do; nothing at first."""
    settings.AUTHENTICATION_BACKENDS = ["common.tests.staff_pages.Granted"]
    settings.UNFOLD = {}
    yield lambda *names: Granted.granted.update(names)
    Granted.granted.clear()
    Granted.out_of_reach.clear()


@pytest.fixture
def chief(client: Client, root: User, grants: Any) -> Client:
    """Signed in, and may do everything."""
    client.force_login(root)
    return client


@pytest.fixture
def staff(client: Client, person: Callable[..., User], grants: Any) -> Client:
    """Signed in, and may do what `grants` was told."""
    client.force_login(person("clerk", is_staff=True))
    return client


@pytest.fixture
def interval(db: None) -> IntervalSchedule:
    return IntervalSchedule.objects.create(every=60, period="seconds")


@pytest.fixture
def task(interval: IntervalSchedule) -> PeriodicTask:
    return PeriodicTask.objects.create(name="sweep", task="sweep_outbox", interval=interval, queue="events")
