"""Facts that only tests publish, subscribers that count what they hear, and a broker in memory."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from celery import Celery, current_app
from django.contrib.auth.backends import ModelBackend
from django.db import connection
from kombu import Queue

from events.bus import DomainEvent
from events.models import Event


@dataclass(frozen=True, kw_only=True)
class LampEvent(DomainEvent):
    """Only lends its subject."""

    subject_type = "lamp"


@dataclass(frozen=True, kw_only=True)
class LampLit(LampEvent):
    kind = "tests.lamp.lit"
    personal = frozenset({"by"})
    room: str = "hall"
    by: UUID | None = None
    since: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class LampNoticed(LampEvent):
    kind = "tests.lamp.noticed"


@dataclass
class Subscriber:
    """Keeps what it heard, does `effect`, and fails as often as `failures` says."""

    failures: list[Exception] = field(default_factory=list)
    effect: Callable[[Event], Any] = lambda _: None
    heard: list[Event] = field(default_factory=list)

    def __call__(self, event: Event) -> None:
        self.heard.append(event)
        self.effect(event)
        if self.failures:
            raise self.failures.pop(0)


class MemoryBroker:
    """Celery's own transport for tests: nothing leaves the process, and what was sent can be read."""

    def __init__(self) -> None:
        self.app = _app("memory://")

    def taken_from(self, queue: str) -> list[dict[str, Any]]:
        return list(self._read(queue))

    def _read(self, name: str) -> Iterator[dict[str, Any]]:
        with self.app.connection_for_read() as opened:
            queue = self.app.amqp.queues[name].bind(opened.default_channel)
            queue.declare()
            while (message := queue.get(no_ack=True)) is not None:
                yield {"task": message.headers["task"], **message.payload[1]}


class NoBroker:
    """Nobody listens at this address."""

    def __init__(self) -> None:
        self.app = _app("amqp://guest:guest@127.0.0.1:1//")


def _app(url: str) -> Celery:
    known = {"task_queues": [Queue("events"), Queue("mail")], "task_create_missing_queues": False}
    return Celery("tests", broker=url, set_as_current=False, changes=known)


@contextmanager
def current(app: Celery) -> Iterator[None]:
    before: Celery = current_app._get_current_object()  # type: ignore[attr-defined]  # a proxy's own, not in the stubs
    app.set_current()
    try:
        yield
    finally:
        before.set_current()
        app.close()


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """What each call gives or raises, all begun at the same moment in threads of their own."""
    barrier = threading.Barrier(len(calls))
    answers: list[Any] = [None] * len(calls)

    def run(place: int, call: Callable[[], Any]) -> None:
        try:
            barrier.wait(timeout=10)
            answers[place] = call()
        except Exception as error:  # noqa: BLE001  is the answer
            answers[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return answers


class Granted(ModelBackend):
    """Stands where rbac stands: everybody may do what `names` holds, asked in our words or in Django's."""

    names: ClassVar[set[str]] = set()

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        action, _, model = perm.rpartition(".")[2].partition("_")
        return perm in self.names or f"{model}:{action}" in self.names
