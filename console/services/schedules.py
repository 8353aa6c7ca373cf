"""Periodic tasks: when they run, whether they do, and once now."""

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from celery import current_app
from celery.schedules import ParseException, crontab
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask
from kombu.exceptions import OperationalError

from common.actors import Actor
from common.errors import FieldError, Invalid, Unavailable
from console.events import ScheduleChanged, ScheduleRunRequested
from events.bus import publish

LONGEST = 366 * 24 * 60 * 60
SECONDS = {"seconds": 1, "minutes": 60, "hours": 60 * 60, "days": 24 * 60 * 60}


def subject_id_of(task: PeriodicTask) -> UUID:
    """Its number as a UUID, because that is what facts are about."""
    return UUID(int=task.pk)


@dataclass(frozen=True, slots=True)
class Every:
    """The time between two runs: a count of seconds, minutes, hours or days."""

    count: int
    period: str


@dataclass(frozen=True, slots=True)
class Cron:
    """Minute, hour, day of month, month, day of week, in UTC; as in crontab(5)."""

    expression: str


@transaction.atomic
def change(task: PeriodicTask, *, enabled: bool, runs: Every | Cron | None = None, actor: Actor, at: datetime) -> bool:
    """Set when it runs (None: as before) and whether. False when it was so already, in which case nothing is recorded."""
    held = PeriodicTask.objects.select_for_update().get(pk=task.pk)
    wanted = {"enabled": enabled, **(_schedule_of(runs) if runs else {})}
    if all(getattr(held, name) == value for name, value in wanted.items()):
        return False
    for name, value in wanted.items():
        setattr(held, name, value)
    # Not `update()`: beat hears of the change through the signal that `save` sends.
    held.save()
    fact = ScheduleChanged(
        subject_id=subject_id_of(held), name=held.name, enabled=held.enabled, runs=expression_of(held)
    )
    publish(fact, actor=actor, at=at)
    return True


@transaction.atomic
def run_now(task: PeriodicTask, *, actor: Actor, at: datetime) -> None:
    """One run beside the schedule. Tasks are safe to run twice, so it may meet the regular one."""
    publish(ScheduleRunRequested(subject_id=subject_id_of(task), name=task.name), actor=actor, at=at)
    wanted = current_app.signature(task.task, args=json.loads(task.args), kwargs=json.loads(task.kwargs))
    try:
        # Whoever asked for it wants to see how it ended, also of a task whose regular runs leave no trace.
        wanted.apply_async(ignore_result=False, **({"queue": task.queue} if task.queue else {}))
    except (OperationalError, OSError):
        raise Unavailable("The broker does not answer; nothing was started.") from None


def expression_of(task: PeriodicTask) -> str:
    """When it runs, in words: "10 minutes", or "10 3 * * *"."""
    if task.interval:
        return _in_words(task.interval.every * SECONDS.get(task.interval.period, 1))
    cron = task.crontab
    return f"{cron.minute} {cron.hour} {cron.day_of_month} {cron.month_of_year} {cron.day_of_week}" if cron else ""


def _in_words(seconds: int) -> str:
    unit = next(name for name, size in reversed(SECONDS.items()) if seconds % size == 0)
    count = seconds // SECONDS[unit]
    return f"{count} {unit if count != 1 else unit.removesuffix('s')}"


def _schedule_of(runs: Every | Cron) -> dict[str, object]:
    if isinstance(runs, Cron):
        return {"crontab": _kept(CrontabSchedule, **_fields_of(runs.expression), timezone="UTC"), "interval": None}
    if runs.period not in SECONDS or not 0 < runs.count * SECONDS[runs.period] <= LONGEST:
        raise _wrong("every", "The time between two runs is at least a second and at most a year.")
    return {"interval": _kept(IntervalSchedule, every=runs.count, period=runs.period), "crontab": None}


def _kept(table: type[Model], **fields: object) -> Model:
    """The row with these values. Nothing in those tables forbids that there are two; either will do."""
    rows = table._default_manager  # noqa: SLF001  Django's documented door
    return rows.filter(**fields).order_by("pk").first() or rows.create(**fields)


def _fields_of(expression: str) -> dict[str, str]:
    names = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")
    parts = expression.split()
    fields = dict(zip(names, parts, strict=False))
    try:
        crontab(**fields)
        CrontabSchedule(**fields, timezone="UTC").clean_fields()
    except (ParseException, ValueError, ValidationError):
        parts = []
    if len(parts) != len(names):
        raise _wrong("cron", "Five fields: minute, hour, day of month, month, day of week. For instance 10 3 * * *")
    return fields


def _wrong(field: str, detail: str) -> Invalid:
    return Invalid(detail, errors=[FieldError(field, "invalid", detail)])
