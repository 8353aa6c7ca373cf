"""What staff do to periodic tasks, as a service."""

from datetime import datetime
from typing import Any

import pytest
from celery import Signature
from django_celery_beat.models import IntervalSchedule, PeriodicTask, PeriodicTasks
from kombu.exceptions import OperationalError

from common.actors import SYSTEM
from common.errors import Invalid, Unavailable
from console.services import schedules
from console.services.schedules import Cron, Every
from events.models import Event


@pytest.fixture
def task(db: None) -> PeriodicTask:
    interval = IntervalSchedule.objects.create(every=3600, period="seconds")
    return PeriodicTask.objects.create(name="Purge", task="maintenance.purge_results", interval=interval)


def test_a_task_runs_at_other_times_from_now_on(task: PeriodicTask, noon: datetime) -> None:
    assert schedules.change(task, enabled=True, runs=Every(10, "minutes"), actor=SYSTEM, at=noon)

    task.refresh_from_db()
    assert schedules.expression_of(task) == "10 minutes"
    assert Event.objects.get().data == {"name": "Purge", "enabled": True, "runs": "10 minutes"}


def test_a_cron_expression_takes_the_place_of_an_interval(task: PeriodicTask, noon: datetime) -> None:
    schedules.change(task, enabled=True, runs=Cron("10 3 * * 1-5"), actor=SYSTEM, at=noon)

    task.refresh_from_db()
    assert task.interval is None
    assert schedules.expression_of(task) == "10 3 * * 1-5"


def test_beat_hears_of_a_change(task: PeriodicTask, noon: datetime) -> None:
    before = PeriodicTasks.last_change()

    schedules.change(task, enabled=False, actor=SYSTEM, at=noon)

    assert PeriodicTasks.last_change() > before


def test_what_is_so_already_is_not_recorded(task: PeriodicTask, noon: datetime) -> None:
    assert not schedules.change(task, enabled=True, runs=Every(3600, "seconds"), actor=SYSTEM, at=noon)
    assert not Event.objects.exists()


def test_equal_intervals_share_a_row_even_where_there_are_two(task: PeriodicTask, noon: datetime) -> None:
    IntervalSchedule.objects.bulk_create([IntervalSchedule(every=5, period="minutes")] * 2)

    schedules.change(task, enabled=True, runs=Every(5, "minutes"), actor=SYSTEM, at=noon)

    assert IntervalSchedule.objects.filter(every=5).count() == 2


@pytest.mark.parametrize(
    "runs",
    [
        Every(0, "seconds"),
        Every(-5, "days"),
        Every(10**12, "days"),
        Every(1, "microseconds"),
        Cron(""),
        Cron("* * * *"),
        Cron("* * * * * *"),
        Cron("61 * * * *"),
        Cron("*/0 * * * *"),
        Cron("0-99999999999 * * * *"),
        Cron("a b c d e"),
    ],
)
def test_times_that_make_no_sense_are_refused(task: PeriodicTask, noon: datetime, runs: Every | Cron) -> None:
    with pytest.raises(Invalid):
        schedules.change(task, enabled=True, runs=runs, actor=SYSTEM, at=noon)


@pytest.mark.parametrize(
    ("seconds", "words"), [(1, "1 second"), (90, "90 seconds"), (3600, "1 hour"), (172800, "2 days")]
)
def test_an_interval_is_told_in_its_largest_unit(task: PeriodicTask, seconds: int, words: str) -> None:
    task.interval = IntervalSchedule(every=seconds, period="seconds")

    assert schedules.expression_of(task) == words


def test_a_run_at_once_is_recorded_and_sent(task: PeriodicTask, noon: datetime, monkeypatch: Any) -> None:
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(Signature, "apply_async", lambda asked, **options: sent.append({"task": asked.task, **options}))

    schedules.run_now(task, actor=SYSTEM, at=noon)

    assert sent == [{"task": "maintenance.purge_results", "ignore_result": False}]
    assert Event.objects.get().kind == "console.schedule.run_requested"


def test_without_a_broker_nothing_is_recorded(task: PeriodicTask, noon: datetime, monkeypatch: Any) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OperationalError

    monkeypatch.setattr(Signature, "apply_async", refuse)

    with pytest.raises(Unavailable):
        schedules.run_now(task, actor=SYSTEM, at=noon)
    assert not Event.objects.exists()
