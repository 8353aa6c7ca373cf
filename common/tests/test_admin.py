"""HouseAdmin seen from outside: what staff can do, and what forged requests cannot."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django_celery_beat.models import ClockedSchedule, IntervalSchedule, PeriodicTask

from accounts.models import User

pytestmark = pytest.mark.urls("common.tests.staff_pages")
TASKS = "/admin/django_celery_beat/periodictask/"
INTERVALS = "/admin/django_celery_beat/intervalschedule/"


@pytest.fixture(autouse=True)
def nobody_else_answers(settings: Any) -> None:
    settings.AUTHENTICATION_BACKENDS = ["common.tests.staff_pages.Granted"]


@pytest.fixture
def staff(client: Client, root: User) -> Client:
    """Signed in with every permission."""
    client.force_login(root)
    return client


@pytest.fixture
def task(db: None) -> PeriodicTask:
    every_minute = IntervalSchedule.objects.create(every=60, period="seconds")
    return PeriodicTask.objects.create(name="sweep", task="sweep", interval=every_minute)


def test_smoke(staff, task):
    assert staff.get("/admin/").status_code == 200
    assert staff.get(TASKS).status_code == 200
    assert staff.get(f"{TASKS}{task.pk}/change/").status_code == 200
    assert staff.get(f"{INTERVALS}{task.interval_id}/change/").status_code == 200
    assert staff.get(f"{INTERVALS}add/").status_code == 200
