"""A real server for tests: `manage.py up` in a folder of its own, on the services that the environment names."""

import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from tests import rooms

ROOT = Path(__file__).resolve().parent.parent
FIRST_PORT, LAST_PORT, PORTS_EACH = 18200, 18999, 50
Found = TypeVar("Found")


class Answer(NamedTuple):
    status: int
    body: Any
    headers: Mapping[str, str]


def eventually(look: Callable[[], Found | None], *, within: float = 30.0, every: float = 0.05) -> Found:
    """What `look` finds, once it finds something: another process is at work, so there is nothing to wait on but the effect."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(every)
    raise AssertionError(f"nothing found within {within} s")


_ports = itertools.count()


def free_port() -> int:
    # A range for each process of the test run: two servers may share a port unnoticed (SO_REUSEPORT), and then answer in turns.
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    while (port := FIRST_PORT + PORTS_EACH * worker + next(_ports)) < LAST_PORT:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port
    raise AssertionError("no free port")


def descendants(pid: int) -> list[int]:
    """Every process below `pid`, as the process table tells it."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [found for child in map(int, children) for found in (child, *descendants(child))]


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def send(number: signal.Signals, pids: Iterable[int]) -> None:
    for pid in pids:
        # The first to die may take the others along: the supervisor then ends what is left of the group.
        with suppress(ProcessLookupError):
            os.kill(pid, number)


class Site:
    """One running server in its own room, or in `room`, that of another. `environment` adds to what `manage.py up` reads."""

    def __init__(self, room: dict[str, str] | None = None, **environment: str) -> None:
        self.owns_room = room is None
        self.room = rooms.make() if room is None else room
        self.var_dir = Path(tempfile.mkdtemp(prefix="identity-"))
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = self.var_dir / "up.log"
        given = {
            "VAR_DIR": str(self.var_dir / "var"),
            "BIND": f"127.0.0.1:{self.port}",
            "PUBLIC_URL": self.url,
            "DJANGO_SETTINGS_MODULE": "identity_server.settings",
            # All of them speak from one address; the tests of the limit set their own.
            "API_RATE_LIMIT": "1000000/min",
            **self.room,
            **environment,
        }
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up"],
                cwd=ROOT,
                env={**os.environ, **given},
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def wait_until_ready(self) -> "Site":
        def ready() -> bool:
            assert self.process.poll() is None, self.log.read_text()
            return "Sign in at" in self.log.read_text()

        eventually(ready, within=60)
        return self

    @property
    def mails(self) -> list[Path]:
        return sorted((self.var_dir / "var" / "mail").glob("*.eml"))

    def mails_to(self, address: str) -> list[Path]:
        return [mail for mail in self.mails if f"To: {address}" in mail.read_text()]

    def call(self, method: str, path: str, body: object = None, *, token: str = "", **headers: str) -> Answer:
        data = None if body is None else json.dumps(body).encode()
        sent = {
            "Content-Type": "application/json",
            **({"Authorization": f"Bearer {token}"} if token else {}),
            **headers,
        }
        request = urllib.request.Request(self.url + path, data=data, method=method, headers=sent)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return Answer(answer.status, _parsed(answer.read()), dict(answer.headers))
        except urllib.error.HTTPError as refusal:
            return Answer(refusal.code, _parsed(refusal.read()), dict(refusal.headers))

    def sign_in(self, email: str, password: str) -> dict[str, Any]:
        answer = self.call("POST", "/api/v1/token/", {"email": email, "password": password})
        assert answer.status == 200, answer
        signed_in: dict[str, Any] = answer.body
        return signed_in

    def admin_token(self) -> str:
        password = (self.var_dir / "var" / "initial-admin-password").read_text().strip()
        token: str = self.sign_in("admin@localhost", password)["access"]
        return token

    def processes(self, naming: str) -> list[int]:
        return [pid for pid in descendants(self.process.pid) if naming in command_line(pid)]

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=30)
        if self.owns_room:
            rooms.clear(self.room)
            self.owns_room = False
        return code


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return body.decode(errors="replace")
