"""Installs `schedule.SCHEDULE` where beat reads it and staff can edit it."""

import json

from django_celery_beat.models import IntervalSchedule, PeriodicTask

from identity_server.schedule import SCHEDULE, Periodic


def install() -> list[str]:
    """The names of those that were missing. One that is there stays as staff made it: slower, switched off, or renamed anew."""
    return [name for name, wanted in SCHEDULE.items() if _install(name, wanted)]


def _install(name: str, wanted: Periodic) -> bool:
    if PeriodicTask.objects.filter(name=name).exists():
        return False
    traits = {
        "task": wanted.task,
        "interval": _every(wanted.every),
        "queue": wanted.queue,
        "kwargs": json.dumps(dict(wanted.kwargs)),
        "expire_seconds": wanted.expires,
        "description": wanted.description,
    }
    _, is_new = PeriodicTask.objects.get_or_create(name=name, defaults=traits)
    return bool(is_new)


def _every(seconds: int) -> IntervalSchedule:
    wanted = {"every": seconds, "period": IntervalSchedule.SECONDS}
    # Nothing in that table is unique, so two nodes that start together may leave two alike; either will do.
    return IntervalSchedule.objects.filter(**wanted).first() or IntervalSchedule.objects.create(**wanted)
