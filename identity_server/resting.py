"""Redis connections that rest after a failure, so that a Redis which hangs costs one wait a while and not one for each question."""

import re
import time
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from redis import Connection, SSLConnection, UnixDomainSocketConnection
from redis.connection import AbstractConnection
from redis.exceptions import ConnectionError as Refused
from redis.exceptions import ResponseError
from redis.exceptions import TimeoutError as TimedOut

Found = TypeVar("Found")
Given = ParamSpec("Given")


class Rest:
    """Shared by all connections of this process. What is skipped is treated as a cache that is down, never as an answer."""

    def __init__(self, seconds: float = 1.0) -> None:
        self.seconds = seconds
        self.until = 0.0

    def unless_failed(self, ask: Callable[Given, Found], *given: Given.args, **named: Given.kwargs) -> Found:
        if time.monotonic() < self.until:
            raise Refused("Redis has failed a moment ago")
        try:
            return ask(*given, **named)
        except (Refused, TimedOut):
            self.until = time.monotonic() + self.seconds
            raise


REST = Rest()


RUN_ID = re.compile(rb"^run_id:(\w+)", re.MULTILINE)


class Resting(AbstractConnection):
    """`incarnation` names the run of Redis that this connection speaks with: no connection outlives the run.

    Empty where Redis does not tell; nothing that is remembered under it may be believed.
    """

    incarnation = ""

    def connect(self) -> None:
        REST.unless_failed(super().connect)

    def on_connect_check_health(self, check_health: bool = True) -> None:
        super().on_connect_check_health(check_health=check_health)
        self.send_command("INFO", "server", check_health=False)  # type: ignore[no-untyped-call]  # as above
        self.incarnation = _run_in(self._told())

    def _told(self) -> bytes:
        try:
            told: bytes = self.read_response()
        except ResponseError:
            return b""
        return told

    def read_response(self, *given: Any, **options: Any) -> Any:
        return REST.unless_failed(super().read_response, *given, **options)


def _run_in(told: bytes) -> str:
    found = RUN_ID.search(told)
    return found[1].decode() if found else ""


class PlainConnection(Resting, Connection):
    """redis://"""


class EncryptedConnection(Resting, SSLConnection):
    """rediss://"""


class LocalConnection(Resting, UnixDomainSocketConnection):
    """unix://"""


BY_SCHEME = {"redis": PlainConnection, "rediss": EncryptedConnection, "unix": LocalConnection}
