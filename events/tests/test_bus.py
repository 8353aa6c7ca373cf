"""Facts are published in the transaction that makes them true."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from common.actors import SYSTEM, Actor, ActorKind
from common.identifiers import uuid7
from events import bus
from events.bus import DomainEvent
from events.models import Event, OutboxEntry
from events.tests.factories import lit
from events.tests.fakes import LampEvent, LampLit, LampNoticed, Subscriber

pytestmark = pytest.mark.django_db
ALICE = UUID("01890000-0000-7000-8000-00000000a11c")
Capture = Callable[..., AbstractContextManager[Any]]


class Undone(Exception):
    pass


@pytest.mark.django_db(transaction=True)
def test_a_fact_outside_a_transaction_is_refused(noon: datetime) -> None:
    with pytest.raises(transaction.TransactionManagementError):
        bus.publish(LampLit(subject_id=ALICE), actor=SYSTEM, at=noon)

    assert not Event.objects.exists()


def test_a_rollback_leaves_neither_event_nor_outbox_entry(watcher: Subscriber, noon: datetime) -> None:
    with transaction.atomic():
        lit(at=noon)
        transaction.set_rollback(True)

    assert not Event.objects.exists()
    assert not OutboxEntry.objects.exists()


def test_a_published_fact_waits_in_the_outbox_for_those_who_are_owed_it(watcher: Subscriber, noon: datetime) -> None:
    event = lit(at=noon)

    entry = OutboxEntry.objects.waiting().get()
    assert entry.event == event
    assert entry.owed_to == {"tests.watcher": "events"}


def test_a_fact_that_nobody_is_owed_is_only_written_down(house_bus: None, noon: datetime) -> None:
    lit(at=noon)

    assert Event.objects.get().kind == "tests.lamp.lit"
    assert not OutboxEntry.objects.exists()


def test_an_event_tells_who_did_what_from_where(noon: datetime) -> None:
    session = uuid7()
    alice = Actor(
        kind=ActorKind.USER,
        id=ALICE,
        label="alice",
        ip="2001:db8::7",
        user_agent="curl",
        request_id="r1",
        session_id=session,
    )

    with transaction.atomic():
        bus.publish(LampLit(subject_id=ALICE, room="attic"), actor=alice, at=noon)

    event = Event.objects.get()
    assert (event.subject_type, event.subject_id, event.data["room"]) == ("lamp", str(ALICE), "attic")
    assert (event.actor_kind, event.actor_id, event.actor_label, event.ip) == ("user", ALICE, "alice", "2001:db8::7")
    assert (event.user_agent, event.request_id, event.session_id) == ("curl", "r1", session)
    assert event.occurred_at == noon


def test_what_a_client_sends_too_long_is_cut_and_never_refuses_the_change(noon: datetime) -> None:
    long = Actor(kind=ActorKind.SYSTEM, label="l" * 999, user_agent="u" * 999, request_id="r" * 999)

    with transaction.atomic():
        bus.publish(LampLit(subject_id=ALICE), actor=long, at=noon)

    event = Event.objects.get()
    assert (len(event.actor_label), len(event.user_agent), len(event.request_id)) == (150, 300, 64)


def test_ids_and_times_in_a_fact_are_stored_as_text(noon: datetime) -> None:
    lit(at=noon, by=ALICE, since=datetime(2029, 12, 31, tzinfo=UTC))

    data = Event.objects.get().data
    assert data == {"room": "hall", "by": str(ALICE), "since": "2029-12-31T00:00:00Z"}
    assert json.dumps(data)


def test_a_listener_hears_the_fact_before_the_commit(house_bus: None, noon: datetime) -> None:
    heard: list[tuple[object, ...]] = []
    bus.on(LampLit)(lambda *said: heard.append((*said, transaction.get_connection().in_atomic_block)))

    with transaction.atomic():
        bus.publish(fact := LampLit(subject_id=ALICE), actor=SYSTEM, at=noon)

    assert heard == [(fact, SYSTEM, noon, True)]


def test_a_listener_that_fails_undoes_the_change(house_bus: None, noon: datetime) -> None:
    @bus.on(LampLit)
    def fail(fact: LampLit, actor: Actor, at: datetime) -> None:
        raise Undone

    with pytest.raises(Undone):
        lit(at=noon)

    assert not Event.objects.exists()


def test_listeners_hear_in_the_order_in_which_they_registered(house_bus: None, noon: datetime) -> None:
    heard: list[str] = []
    bus.on(LampLit)(lambda *_: heard.append("first"))
    bus.on(LampLit)(lambda *_: heard.append("second"))

    lit(at=noon)

    assert heard == ["first", "second"]


def test_events_are_in_the_order_of_their_publication_within_a_millisecond(noon: datetime) -> None:
    published = [lit(at=noon).pk for _ in range(200)]

    assert list(Event.objects.order_by("pk").values_list("pk", flat=True)) == published
    assert list(Event.objects.values_list("pk", flat=True)) == published[::-1]


def test_the_relay_is_woken_after_the_commit(
    watcher: Subscriber, noon: datetime, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Capture
) -> None:
    kicks: list[str] = []
    monkeypatch.setattr(bus, "_on_new_work", [lambda: kicks.append("kicked")])

    with django_capture_on_commit_callbacks(execute=True):
        lit(at=noon)
        assert not kicks

    assert kicks == ["kicked"]


def test_a_kick_that_fails_does_not_fail_the_request(
    watcher: Subscriber, noon: datetime, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Capture
) -> None:
    def fail() -> None:
        raise Undone

    monkeypatch.setattr(bus, "_on_new_work", [fail])

    with django_capture_on_commit_callbacks(execute=True):
        lit(at=noon)

    assert OutboxEntry.objects.waiting().exists()


def test_a_fact_needs_a_kind_of_its_own(house_bus: None) -> None:
    with pytest.raises(TypeError, match="kind of its own"):

        @dataclass(frozen=True, kw_only=True)
        class LampLitAgain(LampLit):
            pass


def test_a_fact_says_what_it_is_about(house_bus: None) -> None:
    with pytest.raises(TypeError, match="what it is about"):

        @dataclass(frozen=True, kw_only=True)
        class Vague(DomainEvent):
            kind = "tests.vague"


def test_two_facts_never_share_a_kind(house_bus: None) -> None:
    with pytest.raises(TypeError, match="two facts"):

        @dataclass(frozen=True, kw_only=True)
        class Impostor(LampEvent):
            kind = "tests.lamp.lit"


def test_two_consumers_never_share_a_name(watcher: Subscriber) -> None:
    with pytest.raises(TypeError, match="two consumers"):
        bus.after(LampNoticed, name="tests.watcher")(lambda _: None)


def test_what_has_no_kind_cannot_be_heard(house_bus: None) -> None:
    with pytest.raises(TypeError, match="has no kind"):
        bus.on(LampEvent)
    with pytest.raises(TypeError, match="has no kind"):
        bus.after(LampEvent, name="tests.nobody")


def test_each_personal_field_is_a_field_of_its_fact() -> None:
    for fact in bus.facts.values():
        assert fact.personal <= {each.name for each in fields(fact)}, fact.kind


def test_each_kind_reads_app_thing_verb() -> None:
    assert [kind for kind in bus.facts if len(kind.split(".")) != 3 or kind != kind.lower()] == []
