"""A thread that does one thing again and again, outlives errors, and comes back after a fork."""

import logging
import random
from collections.abc import Callable
from threading import Event, Thread

from identity_client.errors import VerifierUnavailable
from identity_client.forks import Turn

logger = logging.getLogger("identity_client")

FIRST_RETRY = 1.0
MAX_DOUBLINGS = 10
JITTER = 0.1


def pause(failures: int, *, interval: float, longest: float, chance: float) -> float:
    """Seconds until the next round. `chance` from 0 to 1 keeps many services from asking all at once."""
    if not failures:
        # Only ever sooner: the interval is a promise.
        return interval * (1 - JITTER * chance)
    backed_off = min(FIRST_RETRY, interval) * float(1 << min(failures - 1, MAX_DOUBLINGS))
    return min(longest, backed_off) * (1 + chance) / 2


class Follower:
    """Runs `work` each `interval` seconds, and after a failure in ever longer pauses up to `longest`."""

    def __init__(self, work: Callable[[], None], *, interval: float, longest: float) -> None:
        self._work, self._interval, self._longest = work, interval, longest
        self._turn = Turn()
        self._stopped = False
        self._thread: Thread | None = None
        self._stop, self._tried = Event(), Event()

    def runs(self) -> bool:
        # Python counts the threads that a child has not got among the dead.
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        self._stopped = False
        self.ensure()

    def ensure(self) -> None:
        """Starts it where it does not run, as in a fresh child, unless somebody has stopped it."""
        if self.runs() or self._stopped:
            return
        with self._turn.taken():
            if self.runs():
                return
            self._stop, self._tried = Event(), Event()
            thread = Thread(target=self._run, args=(self._stop, self._tried), name="identity-client", daemon=True)
            thread.start()
            self._thread = thread

    def stop(self, *, within: float) -> None:
        """Waits so many seconds for a round that is under way; the thread ends after it in any case."""
        self._stopped = True
        thread = self._thread
        if thread is not None and thread.is_alive():
            self._stop.set()
            thread.join(within)

    def wait_for_first_round(self, *, within: float) -> None:
        """Returns when the first round of this process is over, well or badly. Later there is nothing to wait for."""
        if not self._stopped:
            self._tried.wait(within)

    def _run(self, stop: Event, tried: Event) -> None:
        failures = 0
        while not stop.is_set():
            failures = self._round(failures)
            tried.set()
            chance = random.random()  # noqa: S311  jitter is no secret
            stop.wait(pause(failures, interval=self._interval, longest=self._longest, chance=chance))

    def _round(self, failures: int) -> int:
        try:
            self._work()
        except Exception as fault:  # noqa: BLE001  the thread must outlive whatever a given callable raises
            if not failures:
                # Only words of our own: those of others may hold the credential.
                words = str(fault) if isinstance(fault, VerifierUnavailable) else type(fault).__name__
                logger.warning("The identity server cannot be followed: %s", words)
            return failures + 1
        if failures:
            logger.info("The identity server is followed again.")
        return 0
