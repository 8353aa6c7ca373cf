"""The bus between apps: facts are typed, published in the transaction that makes them true, and heard in one of two ways.

`@on(Fact)` runs in the same transaction, when the effect is part of the truth (her sessions end).
`@after(Fact, …)` runs once it has committed, in a worker, when the effect is a consequence (a mail).
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from django.db import connection, transaction

from common.actors import Actor
from common.statements import Addition
from events.models import Event, OutboxEntry

ADD_EVENT, ADD_ENTRY = Addition(Event), Addition(OutboxEntry)


@dataclass(frozen=True, kw_only=True)
class DomainEvent:
    """A fact, named in the past tense.

    `kind` reads app.thing.verb; it is stored and sent, so it never changes. A class without a kind only lends its fields
    to others. Fields are ids and plain values (str, int, bool, datetime, UUID, lists of those); personal data stays out
    unless the fact is about it and `personal` names the field.
    """

    kind: ClassVar[str]
    version: ClassVar[int] = 1
    subject_type: ClassVar[str]
    personal: ClassVar[frozenset[str]] = frozenset()

    subject_id: UUID

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if hasattr(cls, "kind"):
            _enrol(cls)

    def data(self) -> dict[str, Any]:
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name != "subject_id"}


facts: dict[str, type[DomainEvent]] = {}
Fact = TypeVar("Fact", bound=DomainEvent)
Listener = Callable[[Any, Actor, datetime], None]
Handler = Callable[[Event], None]


def _enrol(fact: type[DomainEvent]) -> None:
    # A kind that is inherited would be stored under the parent's name and heard by none of the parent's listeners.
    if "kind" not in fact.__dict__:
        raise TypeError(f"{fact.__name__} needs a kind of its own")
    if not hasattr(fact, "subject_type"):
        raise TypeError(f"{fact.__name__} does not say what it is about")
    if facts.setdefault(fact.kind, fact) is not fact:
        raise TypeError(f"two facts are called {fact.kind}")


@dataclass(frozen=True, slots=True)
class Consumer:
    """Somebody to whom each event of some kinds is owed, once it has committed.

    `outside` is for effects that a rollback cannot undo (a mail): they run in no transaction and happen at least once.
    The others write to our database in the transaction that marks the delivery done, and so happen exactly once.
    """

    name: str
    queue: str
    outside: bool
    handle: Handler


_listeners: dict[str, list[Listener]] = defaultdict(list)
_consumers: dict[str, list[Consumer]] = defaultdict(list)
consumers: dict[str, Consumer] = {}


def on(fact: type[Fact]) -> Callable[[Listener], Listener]:
    """Hear `fact` in the transaction that publishes it; an exception undoes the change with it."""
    kind = _kind_of(fact)

    def register(listener: Listener) -> Listener:
        _listeners[kind].append(listener)
        return listener

    return register


def after(
    *heard: type[DomainEvent], name: str, queue: str = "events", outside: bool = False
) -> Callable[[Handler], Handler]:
    """Hear facts once they have committed, over Celery. `name` is stored with each delivery, so it never changes."""
    kinds = [_kind_of(fact) for fact in heard]

    def register(handler: Handler) -> Handler:
        consumer = Consumer(name=name, queue=queue, outside=outside, handle=handler)
        if consumers.setdefault(name, consumer) is not consumer:
            raise TypeError(f"two consumers are called {name}")
        for kind in kinds:
            _consumers[kind].append(consumer)
        return handler

    return register


def _kind_of(fact: type[DomainEvent]) -> str:
    if not hasattr(fact, "kind"):
        raise TypeError(f"{fact.__name__} has no kind, so it never happens by itself")
    return fact.kind


def consumers_of(kind: str) -> list[Consumer]:
    return list(_consumers.get(kind, ()))


def publish(event: DomainEvent, *, actor: Actor, at: datetime) -> Event:
    """Write the fact, let the apps above act on it, and queue it for the outside; all or nothing."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("a fact is published in the transaction that makes it true")
    record = Event(
        kind=event.kind,
        version=event.version,
        subject_type=event.subject_type,
        subject_id=str(event.subject_id),
        data=event.data(),
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label[:150],
        ip=actor.ip,
        user_agent=actor.user_agent[:300],
        request_id=actor.request_id[:64],
        session_id=actor.session_id,
        occurred_at=at,
    )
    ADD_EVENT.run(record)
    for listener in _listeners.get(event.kind, ()):
        listener(event, actor, at)
    if owed_to := {consumer.name: consumer.queue for consumer in _consumers.get(event.kind, ())}:
        ADD_ENTRY.run(OutboxEntry(event=record, owed_to=owed_to))
        transaction.on_commit(_kick_relay, robust=True)
    return record


_on_new_work: list[Callable[[], None]] = []


def when_work_waits(kick: Callable[[], None]) -> None:
    """Register what is called after each commit that left something for the relay; it must neither block nor fail."""
    _on_new_work.append(kick)


def _kick_relay() -> None:
    for kick in _on_new_work:
        kick()
