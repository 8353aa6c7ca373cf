"""The Celery application: a message is small, JSON, confirmed by the broker, and done only when it is done."""

import logging.config
import os
from typing import Any

from celery import Celery, Task, bootsteps, signals
from django.conf import settings
from django_structlog.celery.steps import DjangoStructLogInitStep
from kombu import Connection

from identity_server.broker import DEAD_LETTERS
from identity_server.supervisor.parts import READY

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "identity_server.settings")
CONFIRM_SECONDS = 5
STDOUT = 1


class HouseTask(Task):  # type: ignore[type-arg]  # not generic at run time
    """A message that no queue takes, or that the broker does not confirm in time, is an error and not a success."""

    mandatory = True

    def apply_async(self, *args: Any, **options: Any) -> Any:
        options.setdefault("confirm_timeout", CONFIRM_SECONDS)
        return super().apply_async(*args, **options)


class DeclareDeadLetters(bootsteps.StartStopStep):
    """Whenever the worker connects, so that a broker which lost its disk gets them again."""

    requires = ("celery.worker.consumer.connection:Connection",)

    def include_if(self, consumer: Any) -> bool:
        del consumer
        return not settings.BROKER_EMBEDDED

    def start(self, consumer: Any) -> None:
        declare_dead_letters(consumer.connection)


def declare_dead_letters(connection: Connection) -> None:
    with connection.channel() as channel:
        DEAD_LETTERS.bind(channel).declare()


@signals.setup_logging.connect
def _log_as_the_server_does(**_: Any) -> None:
    logging.config.dictConfig(settings.LOGGING)


@signals.worker_ready.connect
@signals.beat_init.connect
def _tell_the_supervisor(**_: Any) -> None:
    # Past the log, which an operator may have set to warnings only.
    os.write(STDOUT, f"{READY}\n".encode())


app = Celery("identity_server", task_cls=HouseTask, fixups=["identity_server.lending:fixup"])
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].add(DjangoStructLogInitStep)
app.steps["consumer"].add(DeclareDeadLetters)
