"""How many hash at once, who waits, and who is told to come back."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from pytest_django import Settings

from accounts.services import hashing, hashing_gate
from accounts.tests.fakes import Held
from common.actors import SYSTEM, Actor, ActorKind
from common.errors import Overloaded
from conftest import PASSWORD

pytestmark = pytest.mark.usefixtures("gate")
STRANGER = Actor(kind=ActorKind.ANONYMOUS, ip="203.0.113.7")
HOLDS = """
import sys
from pathlib import Path
from django.conf import settings
settings.configure(VAR_DIR=Path(sys.argv[1]), HASHING_SLOTS=1)
from accounts.services import hashing_gate
with hashing_gate.slot(patient=False):
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_of_three_one_hashes_and_one_waits_and_one_is_told_to_come_back(held: type[Held], gate: Path) -> None:
    with ThreadPoolExecutor(2) as crowd:
        first = crowd.submit(hashing.of, PASSWORD, actor=STRANGER)
        assert held.began.acquire(timeout=20)
        second = crowd.submit(hashing.of, PASSWORD, actor=STRANGER)
        _until_the_place_is_taken(gate)

        with pytest.raises(Overloaded):
            hashing.of(PASSWORD, actor=STRANGER)
        assert not held.began.acquire(blocking=False)

        held.may_end.set()
        assert first.result(20) != second.result(20)
    assert hashing.of(PASSWORD, actor=STRANGER)


def _until_the_place_is_taken(gate: Path) -> None:
    # Not by trying to take it, or who wants it would find it taken.
    place = gate / "place-0"
    while not place.exists() or f":{place.stat().st_ino} " not in Path("/proc/locks").read_text():
        os.sched_yield()


def test_who_waited_long_enough_is_told_to_come_back(settings: Settings, gate: Path) -> None:
    settings.HASHING_WAIT = timedelta(milliseconds=20)
    with hashing_gate.slot(patient=False), pytest.raises(Overloaded), hashing_gate.slot(patient=False):
        pass

    with hashing_gate.slot(patient=False):
        assert {path.name for path in gate.iterdir()} == {"slot-0", "place-0", "bell"}


def test_who_waits_sleeps_until_a_slot_comes_free(gate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing_gate, "LONGEST_SILENCE", 60.0)
    with ThreadPoolExecutor(1) as crowd:
        with hashing_gate.slot(patient=False):
            waiting = crowd.submit(hashing.of, PASSWORD, actor=STRANGER)
            _until_somebody_listens(gate)
        assert waiting.result(20)


def _until_somebody_listens(gate: Path) -> None:
    while not any(path.resolve() == gate / "bell" for path in Path("/proc/self/fd").iterdir()):
        os.sched_yield()


def test_many_in_a_row_wait_for_one_slot_and_each_gets_it(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing_gate, "LONGEST_SILENCE", 60.0)
    settings.HASHING_QUEUE = 20
    with ThreadPoolExecutor(8) as crowd:
        hashes = list(crowd.map(lambda _: hashing.of(PASSWORD, actor=STRANGER), range(200)))

    assert len(set(hashes)) == 200


def test_there_are_as_many_slots_as_the_settings_say(settings: Settings) -> None:
    settings.HASHING_SLOTS, settings.HASHING_QUEUE = 3, 0

    with ExitStack() as taken:
        for _ in range(3):
            taken.enter_context(hashing_gate.slot(patient=False))
        with pytest.raises(Overloaded):
            taken.enter_context(hashing_gate.slot(patient=False))


def test_nobody_else_on_this_machine_reads_or_takes_the_slots(gate: Path) -> None:
    with hashing_gate.slot(patient=False):
        assert gate.stat().st_mode & 0o777 == 0o700
        assert {path.stat().st_mode & 0o777 for path in gate.iterdir()} == {0o600}


def test_the_system_waits_where_a_stranger_is_refused(full: ExitStack) -> None:
    with ThreadPoolExecutor(1) as crowd:
        waiting = crowd.submit(hashing.of, PASSWORD, actor=SYSTEM)
        with pytest.raises(Overloaded):
            hashing.of(PASSWORD, actor=STRANGER)

        full.close()
        assert waiting.result(20)


def test_who_has_a_turn_keeps_it_for_all_that_belongs_together() -> None:
    with hashing.turn(STRANGER):
        encoded = hashing.of(PASSWORD, actor=STRANGER)
        assert hashing.judge(PASSWORD, encoded, actor=STRANGER).right


@pytest.fixture
def holder(gate: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another process, which has the slot until it is told something."""
    command, piped = [sys.executable, "-c", HOLDS, str(gate.parent)], subprocess.PIPE
    with subprocess.Popen(command, stdin=piped, stdout=piped, text=True) as child:
        assert child.stdout
        assert child.stdout.readline() == "held\n"
        yield child


@pytest.mark.live
def test_a_killed_process_lets_go_of_its_slot(gate: Path, holder: "subprocess.Popen[str]") -> None:
    with ThreadPoolExecutor(1) as crowd:
        waiting = crowd.submit(hashing.of, PASSWORD, actor=STRANGER)
        _until_the_place_is_taken(gate)

        holder.send_signal(signal.SIGKILL)
        assert waiting.result(20)


@pytest.mark.live
def test_who_waits_hears_when_another_process_is_done(
    gate: Path, holder: "subprocess.Popen[str]", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hashing_gate, "LONGEST_SILENCE", 60.0)
    with ThreadPoolExecutor(1) as crowd:
        waiting = crowd.submit(hashing.of, PASSWORD, actor=STRANGER)
        _until_somebody_listens(gate)

        holder.communicate("done\n")
        assert waiting.result(20)
