"""HouseAdmin seen from outside: what staff can do, and what forged requests cannot."""

from collections.abc import Callable

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django_celery_beat.models import ClockedSchedule, IntervalSchedule, PeriodicTask

from common.tests.staff_pages import Granted

pytestmark = pytest.mark.urls("common.tests.staff_pages")
CLOCKED = "/admin/django_celery_beat/clockedschedule/"
TASKS = "/admin/django_celery_beat/periodictask/"
INTERVALS = "/admin/django_celery_beat/intervalschedule/"
DAILY = {"every": "24", "period": "hours"}
Grants = Callable[..., None]


def test_without_a_permission_the_page_is_refused(staff: Client, task: PeriodicTask) -> None:
    assert staff.get(TASKS).status_code == 403
    assert staff.get(f"{TASKS}{task.pk}/change/").status_code == 403


def test_a_page_that_opts_in_to_nothing_only_shows(chief: Client, task: PeriodicTask) -> None:
    page = f"{TASKS}{task.pk}/change/"

    assert b"sweep_outbox" in chief.get(page).content
    assert chief.post(page, {"name": "mine"}).status_code == 403
    assert chief.post(f"{TASKS}add/", {"name": "mine"}).status_code == 403
    assert chief.post(f"{TASKS}{task.pk}/delete/", {"post": "yes"}).status_code == 403
    assert PeriodicTask.objects.get().name == "sweep"


@pytest.mark.parametrize("forged", [{**DAILY}, {**DAILY, "_saveasnew": "1"}, {**DAILY, "_popup": "1"}])
def test_who_may_only_view_changes_nothing(
    staff: Client, grants: Grants, interval: IntervalSchedule, forged: dict[str, str]
) -> None:
    grants("view_intervalschedule")

    assert staff.get(f"{INTERVALS}{interval.pk}/change/").status_code == 200
    assert staff.post(f"{INTERVALS}{interval.pk}/change/", forged).status_code == 403
    assert staff.post(f"{INTERVALS}add/", forged).status_code == 403
    assert IntervalSchedule.objects.get().every == 60


@pytest.mark.parametrize("action", ["make_weekly", "delete_selected"])
def test_who_may_only_view_runs_no_action(
    staff: Client, grants: Grants, interval: IntervalSchedule, action: str
) -> None:
    grants("view_intervalschedule")

    staff.post(INTERVALS, {"action": action, "index": "0", "_selected_action": interval.pk, "post": "yes"})

    assert IntervalSchedule.objects.get().every == 60


def test_rows_of_an_inline_are_not_written_by_a_forged_formset(
    chief: Client, interval: IntervalSchedule, task: PeriodicTask
) -> None:
    inline = {
        "periodictask_set-TOTAL_FORMS": "2",
        "periodictask_set-INITIAL_FORMS": "1",
        "periodictask_set-0-id": task.pk,
    }
    forged = {"periodictask_set-0-name": "mine", "periodictask_set-0-DELETE": "on", "periodictask_set-1-name": "new"}

    chief.post(f"{INTERVALS}{interval.pk}/change/", {**DAILY, **inline, **forged})

    assert PeriodicTask.objects.get().name == "sweep"


def test_the_list_cannot_be_edited_in_bulk(chief: Client, interval: IntervalSchedule) -> None:
    rows = {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1", "form-0-id": interval.pk, "form-0-every": "5"}

    chief.post(INTERVALS, {**rows, "_save": "Save"})

    assert IntervalSchedule.objects.get().every == 60


def test_a_form_is_saved_by_the_service(chief: Client) -> None:
    answer = chief.post(f"{INTERVALS}add/", DAILY, follow=True)

    made = IntervalSchedule.objects.get()
    assert made.every == 24
    assert f"{INTERVALS}{made.pk}/change/" in answer.content.decode()


def test_a_refusal_of_the_service_is_shown_at_its_field_and_nothing_is_half_done(chief: Client) -> None:
    answer = chief.post(f"{INTERVALS}add/", {"every": "100", "period": "hours"})

    assert answer.status_code == 200
    assert "At most 99." in answer.content.decode()
    assert not IntervalSchedule.objects.exists()


def test_a_page_without_a_service_saves_nothing(chief: Client) -> None:
    answer = chief.post(f"{CLOCKED}add/", {"clocked_time_0": "2030-01-01", "clocked_time_1": "12:00"})

    assert answer.status_code == 403
    assert not ClockedSchedule.objects.exists()


def test_deletion_goes_through_the_service(chief: Client, interval: IntervalSchedule) -> None:
    chief.post(f"{INTERVALS}{interval.pk}/delete/", {"post": "yes"})

    assert not IntervalSchedule.objects.exists()


def test_a_refused_deletion_is_a_message(chief: Client) -> None:
    smallest = IntervalSchedule.objects.create(every=1, period="seconds")

    answer = chief.post(f"{INTERVALS}{smallest.pk}/delete/", {"post": "yes"}, follow=True)

    assert "The smallest interval stays." in answer.content.decode()
    assert IntervalSchedule.objects.exists()


def test_several_are_deleted_all_or_none(chief: Client, interval: IntervalSchedule) -> None:
    smallest = IntervalSchedule.objects.create(every=1, period="seconds")
    chosen = {"action": "delete_selected", "index": "0", "_selected_action": [interval.pk, smallest.pk]}

    chief.post(INTERVALS, {**chosen, "post": "yes"})

    assert IntervalSchedule.objects.count() == 2


def test_django_s_own_log_stays_empty(chief: Client, interval: IntervalSchedule) -> None:
    chief.post(f"{INTERVALS}{interval.pk}/change/", DAILY)
    chief.post(f"{INTERVALS}{interval.pk}/delete/", {"post": "yes"})

    assert not LogEntry.objects.exists()


def test_an_upper_app_adds_rows_to_a_page(chief: Client, interval: IntervalSchedule, task: PeriodicTask) -> None:
    assert task.name in chief.get(f"{INTERVALS}{interval.pk}/change/").content.decode()


def test_rows_of_others_are_shown_to_those_who_may_see_them(
    staff: Client, grants: Grants, interval: IntervalSchedule, task: PeriodicTask
) -> None:
    grants("view_intervalschedule")

    assert task.name not in staff.get(f"{INTERVALS}{interval.pk}/change/").content.decode()


@pytest.mark.parametrize("unknown", ["999999", "nobody", "1%00", "99999999999999999999999999"])
def test_an_unknown_row_is_no_failure(chief: Client, task: PeriodicTask, unknown: str) -> None:
    assert chief.get(f"{TASKS}{unknown}/change/").status_code in {302, 404}
    assert chief.get(f"{TASKS}{unknown}/history/").status_code in {302, 403, 404}


def test_what_is_out_of_reach_is_shown_and_not_changed(
    staff: Client, grants: Grants, interval: IntervalSchedule
) -> None:
    grants("view_intervalschedule", "change_intervalschedule")
    Granted.out_of_reach.add(interval.pk)

    assert staff.post(f"{INTERVALS}{interval.pk}/change/", DAILY).status_code == 403
