"""Somebody who asks a node the same question a hundred times a second, and notes when, and what the answer was."""

import http.client
import json
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from threading import Event as Flag
from typing import NamedTuple

from tests.live import eventually

A_SECOND, ASKERS = 100, 4
ENOUGH = 30


class Seen(NamedTuple):
    """One answer. `asked` is by the clock of the wall, taken before the question went out."""

    asked: float
    status: int
    allowed: bool


class Watch:
    """Asks `port` the question for as long as it is open; the askers come in turns, each with a bearer of `tokens`."""

    def __init__(self, port: int, question: object, tokens: Sequence[str]) -> None:
        self.port, self.body, self.tokens = port, json.dumps(question), tokens
        self.seen: list[Seen] = []
        self.over = Flag()

    @contextmanager
    def open(self) -> Iterator["Watch"]:
        with ThreadPoolExecutor(ASKERS) as pool:
            asking = [pool.submit(self._ask, number) for number in range(ASKERS)]
            try:
                yield self
            finally:
                self.over.set()
        _raise_what_failed(asking)

    def answers(self, *, since: float = 0.0, allowed: bool) -> int:
        return sum(one.asked >= since and one.allowed is allowed for one in list(self.seen))

    def until(self, look: Callable[["Watch"], object]) -> None:
        eventually(lambda: look(self), within=8)

    def _ask(self, number: int) -> None:
        line, due = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10), time.monotonic()
        headers = {
            "Authorization": f"Bearer {self.tokens[number % len(self.tokens)]}",
            "Content-Type": "application/json",
        }
        while not self.over.wait(max(0.0, due - time.monotonic())):
            due = max(due + ASKERS / A_SECOND, time.monotonic())
            self.seen.append(self._answer(line, headers))
        line.close()

    def _answer(self, line: http.client.HTTPConnection, headers: dict[str, str]) -> Seen:
        asked = time.time()
        line.request("POST", "/access/v1/evaluation", self.body, headers)
        answer = line.getresponse()
        said = answer.read()
        allowed = False
        with suppress(ValueError, KeyError):
            allowed = json.loads(said)["decision"] is True
        return Seen(asked, answer.status, allowed)


def _raise_what_failed(asking: Sequence[Future[None]]) -> None:
    for one in asking:
        one.result()
