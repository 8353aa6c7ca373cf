"""Actions: who may run them, on what, and what a refusal leaves behind."""

from collections.abc import Callable

import pytest
from django.contrib import admin
from django.test import Client
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from common.admin_actions import ActionChecks
from common.tests.staff_pages import Granted, IntervalAdmin, site

pytestmark = pytest.mark.urls("common.tests.staff_pages")
TASKS = "/admin/django_celery_beat/periodictask/"
INTERVALS = "/admin/django_celery_beat/intervalschedule/"
Grants = Callable[..., None]


def on(*rows: object, action: str = "disable", **more: str) -> dict[str, object]:
    return {"action": action, "index": "0", "_selected_action": list(rows), **more}


def test_an_action_runs_where_its_permission_is_held(staff: Client, grants: Grants, task: PeriodicTask) -> None:
    grants("view_periodictask", "change_periodictask")

    staff.post(TASKS, on(task.pk))

    assert not PeriodicTask.objects.get().enabled


def test_an_action_asks_for_each_object(staff: Client, grants: Grants, task: PeriodicTask) -> None:
    grants("view_periodictask", "change_periodictask")
    Granted.out_of_reach.add(task.pk)

    assert staff.post(TASKS, on(task.pk)).status_code == 403
    assert PeriodicTask.objects.get().enabled


def test_a_refusal_undoes_the_whole_action(chief: Client, task: PeriodicTask) -> None:
    kept = PeriodicTask.objects.create(name="kept", task="kept", interval=task.interval)

    answer = chief.post(TASKS, on(task.pk, kept.pk), follow=True)

    assert "The task named kept stays." in answer.content.decode()
    assert PeriodicTask.objects.filter(enabled=True).count() == 2


@pytest.mark.parametrize("junk", ["nobody", "", "-1", "99999999999999999999999999"])
def test_junk_among_the_selected_is_no_failure(chief: Client, task: PeriodicTask, junk: str) -> None:
    assert chief.post(TASKS, on(junk)).status_code == 302
    assert PeriodicTask.objects.get().enabled


def test_nobody_acts_on_the_whole_table_at_once(chief: Client, task: PeriodicTask) -> None:
    assert chief.post(TASKS, on(task.pk, select_across="1")).status_code == 403


def test_an_action_that_sweeps_acts_on_all_that_match(chief: Client, interval: IntervalSchedule) -> None:
    IntervalSchedule.objects.create(every=3, period="hours")

    chief.post(INTERVALS, on(interval.pk, action="make_weekly", select_across="1"))

    assert set(IntervalSchedule.objects.values_list("every", flat=True)) == {7}


def test_sweeping_asks_for_the_permission_too(staff: Client, grants: Grants, interval: IntervalSchedule) -> None:
    grants("view_intervalschedule")

    staff.post(INTERVALS, on(interval.pk, action="make_weekly", select_across="1"))

    assert IntervalSchedule.objects.get(pk=interval.pk).every != 7


@pytest.mark.parametrize("names", [["delete_selected"], ["make_weekly", "delete_selected"], []])
def test_no_other_action_sweeps(chief: Client, interval: IntervalSchedule, names: list[str]) -> None:
    asked = on(interval.pk, select_across="1") | {"action": names, "index": str(len(names) - 1)}

    assert chief.post(INTERVALS, asked).status_code == 403
    assert IntervalSchedule.objects.filter(pk=interval.pk).exists()


def test_an_upper_app_adds_an_action(chief: Client, interval: IntervalSchedule) -> None:
    chief.post(INTERVALS, on(interval.pk, action="make_weekly"))

    assert IntervalSchedule.objects.get().every == 7


def test_the_button_on_an_object_s_page_leads_back_to_it(chief: Client, interval: IntervalSchedule) -> None:
    answer = chief.post(INTERVALS, on(interval.pk, action="make_weekly", _from_its_page="1"))

    assert answer.headers["Location"] == f"{INTERVALS}{interval.pk}/change/"


def test_only_deletion_that_a_page_allows_is_offered(chief: Client, task: PeriodicTask) -> None:
    assert b"delete_selected" not in chief.get(TASKS).content


def test_an_action_without_a_permission_is_an_error_at_start() -> None:
    class Careless(IntervalAdmin):
        @admin.action(description="Anything")
        def anything(self, *_: object) -> None: ...

        actions = (anything,)

    found = ActionChecks().check(Careless(IntervalSchedule, site))

    assert [error.id for error in found] == ["common.E001"]
