"""A Redis of the tests' own, which may be stopped, emptied, frozen and brought back from a copy."""

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as Refused
from redis.retry import Retry

from identity_server.config import Config, derived
from identity_server.config.services import CacheSettings

PROGRAM = shutil.which("redis-server")
FIRST_PORT, LAST_PORT, PORTS_EACH = 19450, 19500, 10


def _free_port() -> int:
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    for port in range(FIRST_PORT + PORTS_EACH * worker, LAST_PORT):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port
    raise AssertionError("no free port")


class RedisServer:
    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, _free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Brings back what `stop` saved."""
        command = [str(PROGRAM), "--port", str(self.port), "--dir", str(self.folder), "--save", ""]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while not self._answers():
            assert time.monotonic() < deadline, "Redis does not start"

    def stop(self, *, save: bool = False) -> None:
        if self.process is None:
            return
        process, self.process = self.process, None
        process.send_signal(signal.SIGCONT)
        try:
            self.ask().shutdown(save=save, nosave=not save)
            process.wait(10)
        finally:
            process.kill()

    def send(self, number: signal.Signals) -> None:
        assert self.process
        self.process.send_signal(number)

    def ask(self) -> Redis:
        # One attempt: while it starts it is asked again soon enough.
        return Redis(port=self.port, retry=Retry(NoBackoff(), 0))

    def calls(self, command: str) -> int:
        """How often it was asked so since it started."""
        told: Any = self.ask().info("commandstats")
        return int(told.get(f"cmdstat_{command}", {}).get("calls", 0))

    def as_cache(self) -> dict[str, Any]:
        """Django's dictionary, as the server itself makes it."""
        given = SimpleNamespace(cache=CacheSettings(redis_url=f"redis://127.0.0.1:{self.port}/0"))
        return derived.cache(cast("Config", SimpleNamespace(given=given)))

    def _answers(self) -> bool:
        try:
            return bool(self.ask().ping())
        except Refused:
            return False
