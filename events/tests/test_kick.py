"""The relay is woken without the request waiting for the broker."""

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from structlog.testing import capture_logs

from events import kick
from events.kick import PAUSE_SECONDS, RETRY_SECONDS, Kicker
from events.tests.fakes import MemoryBroker


@dataclass
class Line:
    """Takes messages as `answers` say, and then always."""

    answers: list[bool] = field(default_factory=list)
    sent: int = 0
    slept: list[float] = field(default_factory=list)

    def send(self) -> bool:
        self.sent += 1
        return self.answers.pop(0) if self.answers else True

    def kicker(self) -> Kicker:
        return Kicker(self.send, sleep=self.slept.append)


def wanted(kicker: Kicker) -> Kicker:
    kicker._is_wanted.set()
    return kicker


def test_kicks_that_come_close_together_become_one_message() -> None:
    line = Line()
    kicker = line.kicker()
    for _ in range(5):
        wanted(kicker)

    kicker.turn()

    assert line.sent == 1
    assert not kicker._is_wanted.is_set()
    assert line.slept == [PAUSE_SECONDS]


def test_a_kick_that_comes_while_a_message_is_sent_is_not_lost() -> None:
    kicker = Kicker(lambda: bool(wanted(kicker)), sleep=lambda _: None)

    wanted(kicker).turn()

    assert kicker._is_wanted.is_set()


def test_a_message_that_is_not_taken_is_sent_again_a_few_times() -> None:
    line = Line(answers=[False, False, True])

    wanted(line.kicker()).turn()

    assert line.sent == 3
    assert line.slept == [*RETRY_SECONDS, PAUSE_SECONDS]


def test_a_broker_that_stays_down_is_complained_about_once_in_a_while() -> None:
    kicker = Line(answers=[False] * 99).kicker()

    with capture_logs() as logs:
        for _ in range(3):
            wanted(kicker).turn()

    assert [line["log_level"] for line in logs] == ["error"]


def test_a_kick_comes_back_at_once_although_the_broker_blocks() -> None:
    blocked, reached = threading.Event(), threading.Event()

    def hang() -> bool:
        reached.set()
        return blocked.wait(10)

    kicker = Kicker(hang, sleep=lambda _: None)
    kicker.kick()
    assert reached.wait(10)
    for _ in range(1000):
        kicker.kick()

    assert len([thread for thread in threading.enumerate() if thread.name == "relay-kick"]) >= 1
    assert kicker._is_wanted.is_set()
    blocked.set()


def test_a_process_has_one_thread_however_many_kick_first() -> None:
    ready, done = threading.Barrier(8), threading.Event()
    kicker = Kicker(lambda: done.wait(10), sleep=lambda _: None)
    started: set[threading.Thread | None] = set()

    def first() -> None:
        ready.wait(10)
        kicker.kick()
        started.add(kicker._thread)

    threads = [threading.Thread(target=first) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    assert len(started) == 1
    done.set()


def test_the_relay_is_sent_for(broker: MemoryBroker) -> None:
    assert kick._send_relay()

    assert broker.taken_from("events") == [{"task": "events.relay"}]


def test_kicks_can_be_switched_off(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    line = Line()
    monkeypatch.setattr(kick, "_kicker", line.kicker())
    settings.EVENTS_KICK = False

    kick.kick()

    assert kick._kicker._thread is None


def test_a_forked_process_starts_afresh(monkeypatch: pytest.MonkeyPatch) -> None:
    before = kick._kicker
    monkeypatch.setattr(kick, "_kicker", before)

    with before._starting:
        assert in_child(lambda: kick._kicker is not before and not kick._kicker._starting.locked())


def in_child(check: Callable[[], bool]) -> bool:
    child = os.fork()
    if child == 0:
        os._exit(0 if check() else 1)
    return os.waitpid(child, 0)[1] == 0
