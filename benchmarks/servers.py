"""The servers that are measured: ours, and its peer as it is usually deployed and as somebody would tune it."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.live import ROOT, eventually

WORKERS = 2
START_WITHIN = 60.0
HTTP_OK, HTTP_ERROR, HTTP_NOT_FOUND = 200, 400, 404
PASSWORD = "a lighthouse made of driftwood"
REDIS_NUMBER = "14"
PEER_SETTINGS = {"DJANGO_SETTINGS_MODULE": "benchmarks.peers.simplejwt.settings"}
PEER_WSGI = "benchmarks.peers.simplejwt.wsgi:application"
GRANIAN = ("granian", "--interface", "wsgi", "--no-ws", "--log-level", "warning", "--workers", str(WORKERS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How a server is started, where its routes are, and what its sign-in calls a person. `{port}` is filled in."""

    name: str
    command: Sequence[str]
    prepare: Sequence[Sequence[str]]
    environment: Mapping[str, str]
    routes: Mapping[str, str]
    person: str


def ours(name: str = "ours") -> Kind:
    """The whole product, on a database that `prepare` has set up."""
    root = "/api/v1/token/"
    return Kind(
        name=name,
        command=("manage.py", "up", "--no-setup"),
        prepare=(("manage.py", "migrate", "--no-input"), ("manage.py", "bootstrap")),
        environment=OUR_ENVIRONMENT,
        routes={"login": root, "me": "/api/v1/me/"}
        | {it: f"{root}{it}/" for it in ("refresh", "verify", "introspect")},
        person="email",
    )


def stock() -> Kind:
    return _peer("stock", ("gunicorn", "--workers", str(WORKERS), "--bind", "127.0.0.1:{port}"), {})


def tuned() -> Kind:
    return _peer("tuned", (*GRANIAN, "--host", "127.0.0.1", "--port", "{port}"), {"CONN_MAX_AGE": "60"})


def _peer(name: str, server: Sequence[str], environment: Mapping[str, str]) -> Kind:
    admin = ("-m", "django")
    return Kind(
        name=name,
        command=("-m", *server, PEER_WSGI),
        prepare=((*admin, "migrate", "--no-input", "-v0"),),
        environment={**PEER_SETTINGS, "PYTHONPATH": str(ROOT), **environment},
        routes={"login": "/token/", "me": "/me/", "refresh": "/token/refresh/", "verify": "/token/verify/"},
        person="username",
    )


# Limits that would end a benchmark, out of its way. Everything else is as it comes.
OUR_ENVIRONMENT = {
    "DJANGO_SETTINGS_MODULE": "identity_server.settings",
    "WEB_WORKERS": str(WORKERS),
    "API_RATE_LIMIT": "100000000/min",
    "SIGN_IN_ADDRESS_LIMIT": "100000",
    "SIGN_IN_ACCOUNT_LIMIT": "100",
    "ADMIN_EMAIL": "admin@example.org",
    "ADMIN_PASSWORD": PASSWORD,
    # Sixteen who sign in at once wait in line, where the defaults would tell some of them to come again.
    "HASHING_QUEUE": "32",
}


class Missing(RuntimeError):
    """There is no such route."""


class Server:
    """One server in a room of its own. It is prepared once, and may be started and stopped many times."""

    def __init__(self, kind: Kind, room: Mapping[str, str], port: int) -> None:
        self.kind, self.room, self.port = kind, room, port
        self.url = f"http://127.0.0.1:{port}"
        self.folder = Path(tempfile.mkdtemp(prefix=f"bench-{kind.name}-"))
        self.log = self.folder / "log"
        self.credentials: tuple[str, str] | None = None
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def database_url(self) -> str:
        return self.room["DATABASE_URL"]

    def environment(self, **more: str) -> dict[str, str]:
        return {
            **os.environ,
            # What was compiled once is kept, as it is in an image and wherever a server starts twice.
            "PYTHONDONTWRITEBYTECODE": "",
            **self.room,
            "REDIS_URL": f"{self.room['REDIS_URL'].rpartition('/')[0]}/{REDIS_NUMBER}",
            "VAR_DIR": str(self.folder / "var"),
            "BIND": f"127.0.0.1:{self.port}",
            "PUBLIC_URL": self.url,
            **self.kind.environment,
            **more,
        }

    def run(self, *words: str, **more: str) -> str:
        """A command in the server's environment; what it printed."""
        done = subprocess.run(
            [sys.executable, *words],
            check=False,
            cwd=ROOT,
            env=self.environment(**more),
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(f"{' '.join(words)}: {done.stderr[-2000:]}")
        return done.stdout

    def prepare(self) -> "Server":
        for words in self.kind.prepare:
            self.run(*words)
        return self

    def start(self, *parts: str, **more: str) -> "Server":
        """Begin to start; `parts` only, where there are parts."""
        words = [word.format(port=self.port) for word in self.kind.command]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *words, *parts],
                cwd=ROOT,
                env=self.environment(**more),
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        return self

    def wait(self, token: str = "") -> float:
        """Until `me` is answered (with 200, where there is a token); after how many seconds."""
        began = time.perf_counter()

        def answered() -> bool:
            if self.process is None or self.process.poll() is not None:
                raise RuntimeError(f"{self.kind.name} did not start: {self.log.read_text()[-2000:]}")
            status = self.status("me", token)
            return status == HTTP_OK if token else bool(status)

        # Its coarser steps would count as the server's.
        eventually(answered, within=START_WITHIN, every=0.01)
        return time.perf_counter() - began

    def status(self, route: str, token: str = "") -> int:
        """0 while nobody answers."""
        try:
            return self.call("GET", self.kind.routes[route], token=token)[0]
        except OSError:
            return 0

    def call(self, method: str, path: str, body: object = None, *, token: str = "") -> tuple[int, Any]:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        return self._sent(urllib.request.Request(self.url + path, data=data, method=method, headers=headers))

    def post_form(self, path: str, form: Mapping[str, str], *, authorization: str) -> dict[str, Any]:
        headers = {"Authorization": authorization}
        request = urllib.request.Request(self.url + path, data=urlencode(form).encode(), headers=headers)
        status, answer = self._sent(request)
        if status != HTTP_OK:
            raise (Missing if status == HTTP_NOT_FOUND else RuntimeError)(f"{path}: {status}")
        answered: dict[str, Any] = answer
        return answered

    def _sent(self, request: urllib.request.Request) -> tuple[int, Any]:
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as refusal:
            return refusal.code, None

    def create(self, path: str, body: object, *, token: str) -> dict[str, Any]:
        status, made = self.call("POST", path, body, token=token)
        if status >= HTTP_ERROR:
            raise (Missing if status == HTTP_NOT_FOUND else RuntimeError)(f"{path}: {status}")
        created: dict[str, Any] = made or {}
        return created

    def sign_in(self, name: str, password: str = PASSWORD) -> dict[str, str]:
        pair: dict[str, str] = self.create(
            self.kind.routes["login"], {self.kind.person: name, "password": password}, token=""
        )
        return pair

    @property
    def pid(self) -> int:
        if self.process is None:
            raise RuntimeError(f"{self.kind.name} does not run")
        return self.process.pid

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=30)
        self.process = None
