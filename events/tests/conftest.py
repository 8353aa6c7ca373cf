"""Subscribers that are gone after each test, and a broker in memory."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from events import bus
from events.tests.fakes import Granted, LampLit, MemoryBroker, NoBroker, Subscriber, current


@pytest.fixture
def house_bus() -> Iterator[None]:
    """Lets a test register what it likes; afterwards the bus is as it was."""
    listeners = {kind: list(found) for kind, found in bus._listeners.items()}
    by_kind = {kind: list(found) for kind, found in bus._consumers.items()}
    by_name, facts = dict(bus.consumers), dict(bus.facts)
    yield
    for registry, before in (
        (bus._listeners, listeners),
        (bus._consumers, by_kind),
        (bus.consumers, by_name),
        (bus.facts, facts),
    ):
        registry.clear()
        registry.update(before)  # type: ignore[arg-type]  # each got its own back


@pytest.fixture
def subscribe(house_bus: None) -> Callable[..., Subscriber]:
    """Makes a subscriber to lit lamps and registers it."""

    def make(name: str = "tests.watcher", *, queue: str = "events", outside: bool = False, **traits: Any) -> Subscriber:
        made = Subscriber(**traits)
        bus.after(LampLit, name=name, queue=queue, outside=outside)(made)
        return made

    return make


@pytest.fixture
def watcher(subscribe: Callable[..., Subscriber]) -> Subscriber:
    """Writes to our database."""
    return subscribe()


@pytest.fixture
def mailer(subscribe: Callable[..., Subscriber]) -> Subscriber:
    """Reaches the outside world."""
    return subscribe("tests.mailer", queue="mail", outside=True)


@pytest.fixture
def broker() -> Iterator[MemoryBroker]:
    made = MemoryBroker()
    with current(made.app):
        yield made
        # The memory is the process's, not the application's.
        for queue in ("events", "mail"):
            made.taken_from(queue)


@pytest.fixture
def no_broker() -> Iterator[None]:
    with current(NoBroker().app):
        yield


@pytest.fixture
def grant(settings: Any) -> Iterator[Callable[..., None]]:
    """Says what everybody may do; nothing at first."""
    settings.AUTHENTICATION_BACKENDS = ["events.tests.fakes.Granted"]
    yield lambda *names: Granted.names.update(names)
    Granted.names.clear()
