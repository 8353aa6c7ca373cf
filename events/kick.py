"""Wakes the relay after a commit. A request only sets a flag; one thread of the process speaks to the broker.

So a broker that is down, or that blocks its publishers, never touches a request. What a lost kick would have woken is
found by the scheduled relay.
"""

import os
import threading
import time
from collections.abc import Callable

import structlog
from django.conf import settings

from events.services import handover

log = structlog.get_logger(__name__)

# Commits within this time share one message, so a burst makes ten messages a second and not ten thousand.
PAUSE_SECONDS = 0.1
RETRY_SECONDS = (1.0, 5.0)
COMPLAIN_SECONDS = 60.0

Send = Callable[[], bool]
Sleep = Callable[[float], None]


class Kicker:
    """One thread, started with the first kick. Kicks that come while it is busy become one."""

    def __init__(self, send: Send, *, sleep: Sleep = time.sleep) -> None:
        self._send = send
        self._sleep = sleep
        self._is_wanted = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._complained_at = -COMPLAIN_SECONDS

    def kick(self) -> None:
        self._is_wanted.set()
        if self._thread is None or not self._thread.is_alive():
            self._start()

    def _start(self) -> None:
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="relay-kick", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            self.turn()

    def turn(self) -> None:
        """Wait for a kick and pass it on, with a bounded number of tries."""
        self._is_wanted.wait()
        self._is_wanted.clear()
        if not self._send() and not any(self._send_after(wait) for wait in RETRY_SECONDS):
            self._complain()
        self._sleep(PAUSE_SECONDS)

    def _send_after(self, wait: float) -> bool:
        self._sleep(wait)
        return self._send()

    def _complain(self) -> None:
        now = time.monotonic()
        if now - self._complained_at >= COMPLAIN_SECONDS:
            self._complained_at = now
            log.error("the broker takes no messages; facts wait in the outbox")


def _send_relay() -> bool:
    return handover.send("events.relay", queue="events")


_kicker = Kicker(_send_relay)


def kick() -> None:
    if settings.EVENTS_KICK:
        _kicker.kick()


def _start_afresh() -> None:
    # A forked child has neither the thread nor a promise that the locks are free.
    global _kicker  # noqa: PLW0603  one for each process
    _kicker = Kicker(_send_relay)


os.register_at_fork(after_in_child=_start_afresh)
