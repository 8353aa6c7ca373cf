"""Installs `schedule.SCHEDULE` where beat reads it and staff can edit it."""

import json
from datetime import datetime

from django_celery_beat.models import IntervalSchedule, PeriodicTask, PeriodicTasks

from identity_server.schedule import SCHEDULE, Periodic


def install(*, at: datetime) -> None:
    """Adds what is missing, to run for the first time as soon as beat sees it.

    What is there stays as staff made it: slower, switched off, or with another task.
    """
    known = set(PeriodicTask.objects.filter(name__in=SCHEDULE).values_list("name", flat=True))
    missing = [_row(name, wanted, begins=at) for name, wanted in SCHEDULE.items() if name not in known]
    if missing:
        # Another node may have been quicker; its rows are as good, and the database alone can tell.
        PeriodicTask.objects.bulk_create(missing, ignore_conflicts=True)
        PeriodicTasks.update_changed()


def _row(name: str, wanted: Periodic, *, begins: datetime) -> PeriodicTask:
    return PeriodicTask(
        name=name,
        task=wanted.task,
        interval=_every(wanted.every),
        queue=wanted.queue,
        kwargs=json.dumps(dict(wanted.kwargs)),
        expire_seconds=wanted.expires,
        start_time=begins,
        description=wanted.description,
    )


def _every(seconds: int) -> IntervalSchedule:
    wanted = {"every": seconds, "period": IntervalSchedule.SECONDS}
    # Nothing in that table is unique, so two nodes that start together may leave two alike; either will do.
    return IntervalSchedule.objects.filter(**wanted).first() or IntervalSchedule.objects.create(**wanted)
