"""`bootstrap`: what it makes, and that a second run makes nothing."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django_celery_beat.models import IntervalSchedule, PeriodicTask
from pytest_django import Settings

from accounts.models import User
from accounts.services import lifecycle
from accounts.tests.factories import made
from common.actors import SYSTEM
from events.models import Event
from identity_server import bootstrap
from identity_server.administrators import Welcome
from identity_server.schedule import SCHEDULE
from rbac.models import Role, RoleAssignment
from rbac.services import builtin
from tokens.models import SigningKey

CHOSEN = "a lighthouse made of driftwood"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_server(settings: Settings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    settings.ADMIN_EMAIL, settings.ADMIN_PASSWORD = "root@example.org", ""


def run(at: datetime, *, keep_password: bool = True) -> Welcome:
    welcome = bootstrap.run(keep_password=keep_password, at=at)
    assert welcome
    return welcome


def everything() -> tuple[int, ...]:
    return tuple(
        model.objects.count()
        for model in (SigningKey, Role, RoleAssignment, User, PeriodicTask, IntervalSchedule, Event)
    )


def test_a_fresh_server_gets_all_that_it_needs(noon: datetime) -> None:
    run(noon)

    assert SigningKey.objects.get().state == "active"
    assert set(PeriodicTask.objects.exclude(name__startswith="celery.").values_list("name", flat=True)) == set(SCHEDULE)
    administrator = User.objects.get()
    assert administrator.is_superuser
    assert administrator.role_assignments.get().role.name == "administrator"


def test_a_second_run_changes_nothing(noon: datetime) -> None:
    run(noon)
    made = everything()

    assert bootstrap.run(keep_password=True, at=noon + timedelta(days=1)) is None

    assert everything() == made


def test_staffs_edits_of_the_schedule_are_kept(noon: datetime) -> None:
    run(noon)
    name = next(iter(SCHEDULE))
    PeriodicTask.objects.filter(name=name).update(enabled=False, task="something.else")

    bootstrap.run(keep_password=True, at=noon)

    assert PeriodicTask.objects.filter(name=name, enabled=False, task="something.else").exists()


def test_what_runs_by_the_clock_runs_for_the_first_time_at_once(noon: datetime) -> None:
    run(noon)

    assert {task.start_time for task in PeriodicTask.objects.filter(name__in=SCHEDULE)} == {noon}


def test_a_schedule_that_a_new_release_brings_is_added(noon: datetime) -> None:
    run(noon)
    PeriodicTask.objects.filter(name=next(iter(SCHEDULE))).delete()

    bootstrap.run(keep_password=True, at=noon)

    assert PeriodicTask.objects.filter(name__in=SCHEDULE).count() == len(SCHEDULE)


def test_each_scheduled_task_is_one_that_a_worker_knows() -> None:
    from identity_server.celery import app  # noqa: PLC0415  only once Django has found its apps

    app.loader.import_default_modules()

    assert {periodic.task for periodic in SCHEDULE.values()} <= set(app.tasks)


def test_the_chosen_password_opens_the_account_and_is_written_nowhere(
    noon: datetime, settings: Settings, tmp_path: Path
) -> None:
    settings.ADMIN_PASSWORD = CHOSEN

    welcome = run(noon)

    assert User.objects.get().check_password(CHOSEN)
    assert CHOSEN not in bootstrap.words_for(welcome)
    assert not any(CHOSEN in kept.read_text() for kept in tmp_path.rglob("*") if kept.is_file())


def test_without_one_a_random_password_is_told_once_and_kept_for_its_owner_alone(
    noon: datetime, tmp_path: Path
) -> None:
    welcome = run(noon)

    kept = tmp_path / "initial-admin-password"
    assert kept.read_text().strip() == welcome.password
    assert kept.stat().st_mode & 0o777 == 0o600
    assert User.objects.get().check_password(welcome.password)
    assert welcome.password in bootstrap.words_for(welcome)
    assert welcome.password not in bootstrap.words_for(None)


def test_the_random_password_is_not_the_same_twice(noon: datetime) -> None:
    first = run(noon).password
    User.objects.all().delete()

    assert run(noon).password != first


def test_many_machines_get_a_link_instead_of_a_file(noon: datetime, tmp_path: Path) -> None:
    welcome = run(noon, keep_password=False)

    assert "#token=idl_" in welcome.link
    assert not User.objects.get().has_usable_password()
    assert welcome.link in bootstrap.words_for(welcome)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("is_superuser", [True, False])
def test_where_somebody_administers_nobody_is_added(noon: datetime, alice: User, is_superuser: bool) -> None:
    builtin.install(at=noon)
    if is_superuser:
        User.objects.filter(pk=alice.pk).update(is_staff=True, is_superuser=True)
    else:
        role = Role.objects.get(name="administrator")
        RoleAssignment.objects.create(user=alice, role=role, created_at=noon)

    assert bootstrap.run(keep_password=True, at=noon) is None

    assert User.objects.get() == alice


def test_an_account_that_has_the_address_already_is_not_made_an_administrator(noon: datetime) -> None:
    taken = made(lifecycle.create(email="Root@Example.org", password=CHOSEN, actor=SYSTEM, at=noon))

    with pytest.raises(CommandError, match="ADMIN_EMAIL"):
        call_command("bootstrap")

    taken.refresh_from_db()
    assert not taken.is_staff


@pytest.mark.parametrize(
    ("name", "value"), [("ADMIN_PASSWORD", "password1234"), ("ADMIN_EMAIL", "nobody"), ("ADMIN_EMAIL", "a@b@c")]
)
def test_what_cannot_stand_is_refused_by_its_variables_name(settings: Settings, name: str, value: str) -> None:
    setattr(settings, name, value)

    with pytest.raises(CommandError, match=name):
        call_command("bootstrap")

    assert not User.objects.exists()
