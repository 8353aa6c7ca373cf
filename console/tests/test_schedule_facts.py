"""What staff do to periodic tasks: each change is one fact, and a refusal leaves neither change nor fact."""

import json
from datetime import datetime
from typing import Any

import pytest
from celery import Signature
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from common.actors import Actor, ActorKind
from common.errors import Invalid, Unavailable
from common.identifiers import uuid7
from console.services import schedules
from console.services.schedules import Cron, Every
from events.models import Event

pytestmark = pytest.mark.django_db
ADA = Actor(kind=ActorKind.USER, id=uuid7(), label="ada", ip="203.0.113.7", request_id="r1")


@pytest.fixture
def task(db: None) -> PeriodicTask:
    interval = IntervalSchedule.objects.create(every=3600, period="seconds")
    return PeriodicTask.objects.create(name="Purge", task="maintenance.purge_results", interval=interval)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What reaches the broker."""
    taken: list[dict[str, Any]] = []

    def take(asked: Any, **options: Any) -> None:
        taken.append({"task": asked.task, "args": list(asked.args), "kwargs": asked.kwargs, **options})

    monkeypatch.setattr(Signature, "apply_async", take)
    return taken


@pytest.mark.parametrize(
    ("enabled", "runs", "told"),
    [
        (False, None, {"enabled": False, "runs": "1 hour"}),
        (True, Every(90, "seconds"), {"enabled": True, "runs": "90 seconds"}),
        (True, Every(24, "hours"), {"enabled": True, "runs": "1 day"}),
        (False, Every(1, "days"), {"enabled": False, "runs": "1 day"}),
        (True, Cron("  */5  0-6 *  * mon-fri "), {"enabled": True, "runs": "*/5 0-6 * * mon-fri"}),
    ],
)
def test_a_change_is_one_fact_that_tells_how_it_is_from_now_on(
    enabled: bool, runs: Every | Cron | None, told: dict[str, Any], task: PeriodicTask, noon: datetime
) -> None:
    assert schedules.change(task, enabled=enabled, runs=runs, actor=ADA, at=noon)

    assert Event.objects.get().data == {"name": "Purge", **told}


def test_a_fact_names_the_schedule_and_who_changed_it_when_and_from_where(task: PeriodicTask, noon: datetime) -> None:
    schedules.change(task, enabled=False, actor=ADA, at=noon)

    fact = Event.objects.get()
    assert (fact.kind, fact.subject_type) == ("console.schedule.changed", "schedule")
    assert fact.subject_id == str(schedules.subject_id_of(task))
    assert (fact.actor_id, fact.ip, fact.request_id, fact.occurred_at) == (ADA.id, ADA.ip, "r1", noon)


@pytest.mark.parametrize(
    "runs", [Every(0, "hours"), Every(367, "days"), Every(1, "weeks"), Cron("* * *"), Cron("60 * * * *")]
)
def test_a_refused_change_names_its_field_and_leaves_nothing(
    runs: Every | Cron, task: PeriodicTask, noon: datetime
) -> None:
    with pytest.raises(Invalid) as refused:
        schedules.change(task, enabled=False, runs=runs, actor=ADA, at=noon)

    held = PeriodicTask.objects.get()
    assert [fault.field for fault in refused.value.errors] == ["cron" if isinstance(runs, Cron) else "every"]
    assert (held.enabled, schedules.expression_of(held)) == (True, "1 hour")
    assert not Event.objects.exists()


@pytest.mark.parametrize("runs", [Every(1, "seconds"), Every(366, "days"), Cron("0 0 29 2 *"), Cron("59 23 31 12 6")])
def test_the_edges_of_what_makes_sense_are_taken(runs: Every | Cron, task: PeriodicTask, noon: datetime) -> None:
    assert schedules.change(task, enabled=True, runs=runs, actor=ADA, at=noon)
    assert Event.objects.count() == 1


def test_a_task_can_go_from_cron_back_to_an_interval(task: PeriodicTask, noon: datetime) -> None:
    schedules.change(task, enabled=True, runs=Cron("0 3 * * *"), actor=ADA, at=noon)
    schedules.change(task, enabled=True, runs=Every(2, "hours"), actor=ADA, at=noon)

    held = PeriodicTask.objects.get()
    assert (held.crontab, schedules.expression_of(held)) == (None, "2 hours")


def test_what_an_old_page_shows_does_not_undo_what_another_changed(task: PeriodicTask, noon: datetime) -> None:
    old = PeriodicTask.objects.get()
    schedules.change(task, enabled=True, runs=Every(2, "hours"), actor=ADA, at=noon)

    schedules.change(old, enabled=False, actor=ADA, at=noon)

    held = PeriodicTask.objects.get()
    assert (held.enabled, schedules.expression_of(held)) == (False, "2 hours")


def test_what_a_task_is_given_and_where_it_runs_is_no_part_of_a_change(task: PeriodicTask, noon: datetime) -> None:
    kept = {"kwargs": '{"limit": 5}', "queue": "slow", "expire_seconds": 7, "description": "ours"}
    PeriodicTask.objects.update(**kept)

    schedules.change(task, enabled=False, runs=Every(5, "minutes"), actor=ADA, at=noon)

    assert PeriodicTask.objects.filter(**kept, enabled=False).exists()


@pytest.mark.parametrize("queue", [None, "slow"])
def test_a_run_at_once_is_given_what_the_regular_ones_are(
    queue: str | None, task: PeriodicTask, noon: datetime, sent: list[dict[str, Any]]
) -> None:
    task.args, task.kwargs, task.queue = "[1]", json.dumps({"limit": 5}), queue

    schedules.run_now(task, actor=ADA, at=noon)

    where = {"queue": queue} if queue else {}
    assert sent == [{"task": task.task, "args": [1], "kwargs": {"limit": 5}, "ignore_result": False, **where}]


def test_a_run_at_once_changes_nothing_of_the_schedule(
    task: PeriodicTask, noon: datetime, sent: list[dict[str, Any]]
) -> None:
    before = PeriodicTask.objects.values().get()

    schedules.run_now(task, actor=ADA, at=noon)

    assert PeriodicTask.objects.values().get() == before
    assert Event.objects.get().data == {"name": "Purge"}


def test_a_task_that_is_switched_off_can_still_be_run_at_once(
    task: PeriodicTask, noon: datetime, sent: list[dict[str, Any]]
) -> None:
    schedules.change(task, enabled=False, actor=ADA, at=noon)

    schedules.run_now(task, actor=ADA, at=noon)

    assert len(sent) == 1
    assert Event.objects.filter(kind="console.schedule.run_requested", actor_id=ADA.id).count() == 1


@pytest.mark.parametrize("error", [OSError("no route to amqp://guest:secret@10.0.0.7"), ConnectionResetError()])
def test_a_broker_that_is_down_is_told_without_its_address(
    error: Exception, task: PeriodicTask, noon: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(Signature, "apply_async", refuse)

    with pytest.raises(Unavailable) as told:
        schedules.run_now(task, actor=ADA, at=noon)
    assert "10.0.0.7" not in told.value.detail
    assert not Event.objects.exists()
