"""The pages for schedules and task results."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone
from django_celery_beat.models import IntervalSchedule, PeriodicTask
from django_celery_results.models import TaskResult

from accounts.models import User
from events.models import Event

TASKS = "/admin/django_celery_beat/periodictask/"
RESULTS = "/admin/django_celery_results/taskresult/"


@pytest.fixture
def task(db: None) -> PeriodicTask:
    interval = IntervalSchedule.objects.create(every=3600, period="seconds")
    return PeriodicTask.objects.create(name="Purge", task="maintenance.purge_results", interval=interval)


def test_staff_change_when_a_task_runs(chief: Client, root: User, task: PeriodicTask) -> None:
    chief.post(f"{TASKS}{task.pk}/change/", {"enabled": "on", "every": "10", "period": "minutes", "cron": ""})

    event = Event.objects.get(kind="console.schedule.changed")
    assert event.data["runs"] == "10 minutes"
    assert event.actor_id == root.pk


@pytest.mark.parametrize("times", [{"every": "5", "period": "minutes", "cron": "* * * * *"}, {"every": "", "cron": ""}])
def test_one_of_the_two_ways_to_give_times_is_needed(chief: Client, task: PeriodicTask, times: dict[str, str]) -> None:
    answer = chief.post(f"{TASKS}{task.pk}/change/", {"enabled": "on", "period": "minutes", **times})

    assert "Give either" in answer.content.decode()


def test_a_wrong_cron_expression_is_told_at_its_field(chief: Client, task: PeriodicTask) -> None:
    answer = chief.post(f"{TASKS}{task.pk}/change/", {"every": "", "period": "minutes", "cron": "99 * * * *"})

    assert "Five fields" in answer.content.decode()
    assert not Event.objects.filter(kind="console.schedule.changed").exists()


def test_several_tasks_are_disabled_at_once(chief: Client, task: PeriodicTask) -> None:
    chief.post(TASKS, {"action": "disable", "index": "0", "_selected_action": [task.pk]})

    assert not PeriodicTask.objects.get(pk=task.pk).enabled


def test_nobody_may_make_or_delete_a_task_by_hand(chief: Client, task: PeriodicTask) -> None:
    assert chief.get(f"{TASKS}add/").status_code == 403
    assert chief.post(f"{TASKS}{task.pk}/delete/", {"post": "yes"}).status_code == 403


def test_who_may_only_view_sees_the_times_and_changes_nothing(clerk: Callable[..., Client], task: PeriodicTask) -> None:
    page = clerk("periodic_task:view")

    assert "every 1 hour" in page.get(f"{TASKS}{task.pk}/change/").content.decode()
    assert page.post(f"{TASKS}{task.pk}/change/", {"every": "1", "period": "seconds"}).status_code == 403


def test_the_history_of_a_task_is_its_events(chief: Client, task: PeriodicTask) -> None:
    chief.post(TASKS, {"action": "disable", "index": "0", "_selected_action": [task.pk]})

    answer = chief.get(f"{TASKS}{task.pk}/history/", follow=True)

    assert "console.schedule.changed" in answer.content.decode()


def test_results_show_neither_values_nor_tracebacks(chief: Client, db: None) -> None:
    result = TaskResult.objects.create(
        task_id="t1",
        task_name="accounts.mail",
        status="FAILURE",
        task_kwargs="\"{'address': 'alice@example.org'}\"",
        result='{"exc_type": "SMTPException", "exc_message": ["alice@example.org"]}',
        traceback="File /srv/app.py: alice@example.org",
        date_started=timezone.now(),
    )

    page = chief.get(f"{RESULTS}{result.pk}/change/").content.decode()

    assert "address" in page
    assert "SMTPException" in page
    assert "alice@example.org" not in page
