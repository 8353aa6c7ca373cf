"""The server's own house-keeping."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.conf import settings
from django.contrib.sessions.models import Session
from django_celery_results.models import TaskResult

from identity_server import tasks

pytestmark = pytest.mark.django_db


def result(name: str, *, done: datetime) -> None:
    TaskResult.objects.create(task_id=name)
    TaskResult.objects.filter(task_id=name).update(date_done=done)


def browser_session(name: str, *, until: datetime) -> None:
    Session.objects.create(session_key=name, session_data="", expire_date=until)


def purge(at: datetime) -> int:
    with time_machine.travel(at, tick=False):
        gone: int = tasks.purge_results()
    return gone


def test_results_go_after_their_retention(noon: datetime) -> None:
    result("old", done=noon - settings.RESULT_RETENTION - timedelta(seconds=1))
    result("young", done=noon - settings.RESULT_RETENTION)

    assert purge(noon) == 1
    assert TaskResult.objects.get().task_id == "young"


def test_sessions_of_the_admin_site_go_when_they_have_expired(noon: datetime) -> None:
    browser_session("over", until=noon - timedelta(seconds=1))
    browser_session("alive", until=noon + timedelta(seconds=1))

    assert purge(noon) == 1
    assert Session.objects.get().session_key == "alive"


def test_a_second_run_finds_nothing(noon: datetime) -> None:
    browser_session("over", until=noon - timedelta(seconds=1))

    assert [purge(noon), purge(noon)] == [1, 0]


def test_a_run_is_bounded(noon: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "BATCH", 2)
    monkeypatch.setattr(tasks, "MOST_BATCHES", 3)
    for number in range(10):
        browser_session(str(number), until=noon - timedelta(seconds=1))

    assert [purge(noon), purge(noon)] == [6, 4]


def test_a_keyword_of_a_newer_server_is_tolerated(noon: datetime) -> None:
    with time_machine.travel(noon, tick=False):
        assert tasks.purge_results(from_next_year=True) == 0
