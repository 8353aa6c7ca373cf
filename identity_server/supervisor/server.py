"""The parts of this server on this machine, from its configuration. Pure."""

import sys
from dataclasses import dataclass
from pathlib import Path

from identity_server.broker import QUEUES
from identity_server.supervisor.parts import READY, Part

NAMES = ("web", "worker", "beat")
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  compared with, not bound to
# Requests that are being answered finish within the supervisor's grace, or granian ends them itself.
WEB_GRACE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """`bind` is host:port. Two servers on one machine differ in it, and in `var_dir` unless they share their services."""

    bind: str
    var_dir: Path
    web_workers: int
    worker_concurrency: int
    embedded: bool

    @property
    def host(self) -> str:
        return self.bind.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        return int(self.bind.rpartition(":")[2])

    @property
    def local_url(self) -> str:
        """Where it answers on this machine, whatever it is bound to."""
        host = EVERYWHERE.get(self.host, self.host)
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    @property
    def metrics_dir(self) -> Path:
        """Named by the port: servers that share a VAR_DIR must not sweep each other's files away."""
        return self.var_dir / "metrics" / str(self.port)


def parts_of(serving: Serving) -> tuple[Part, ...]:
    return _web(serving), _worker(serving), _beat(serving)


def _web(serving: Serving) -> Part:
    flags = ("--no-ws", "--no-access-log", "--respawn-failed-workers")
    given = tuple(word for option in _web_options(serving).items() for word in option)
    return Part(
        name="web",
        command=(sys.executable, "-m", "granian", *given, *flags, "identity_server.wsgi:application"),
        environment=_environment(serving),
        ready_url=f"{serving.local_url}/healthz",
        ready_words=f"ready on {serving.local_url}",
    )


def _web_options(serving: Serving) -> dict[str, str]:
    # SQLite has one writer, so a second process would only wait for the first.
    workers = 1 if serving.embedded else serving.web_workers
    return {
        "--interface": "wsgi",
        "--host": serving.host,
        "--port": str(serving.port),
        "--workers": str(workers),
        # Measured: with one, who reads waits behind every password that is being hashed, three times as long as with four.
        "--blocking-threads": "4",
        # Granian counts connections, idle ones too: a few hundred that send nothing must not keep everybody else out,
        # so many are let in and the silent ones are soon let go.
        "--backpressure": "1024",
        "--http1-header-read-timeout": "10000",
        "--workers-kill-timeout": str(WEB_GRACE),
        "--log-level": "warning",
    }


def _worker(serving: Serving) -> Part:
    # Gossip and mingle are for clusters that elect or revoke together; here they cost a second of each start.
    options = (
        "-Q",
        ",".join(QUEUES),
        "--prefetch-multiplier",
        "1",
        "--without-gossip",
        "--without-mingle",
        "--loglevel",
        "INFO",
    )
    # Two workers of one name would take each other's control messages.
    named = ("-n", f"worker-{serving.port}@%h", "--concurrency", str(serving.worker_concurrency))
    return Part(
        name="worker",
        command=(*_celery("worker"), *named, *options),
        environment=_environment(serving),
        ready_line=READY,
        ready_words=f"ready, {serving.worker_concurrency} tasks at once",
    )


def _beat(serving: Serving) -> Part:
    scheduler = ("--scheduler", "django_celery_beat.schedulers:DatabaseScheduler")
    return Part(
        name="beat",
        command=(*_celery("beat"), *scheduler, "--pidfile=", "--loglevel", "INFO"),
        environment=_environment(serving),
        ready_line=READY,
    )


def _celery(role: str) -> tuple[str, ...]:
    return sys.executable, "-m", "celery", "--quiet", "-A", "identity_server", role


def _environment(serving: Serving) -> dict[str, str]:
    return {
        "PROMETHEUS_MULTIPROC_DIR": str(serving.metrics_dir),
        "PYTHONUNBUFFERED": "1",
        # Celery warns of root because a pickled message could then do anything; ours are JSON alone.
        "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges",
    }
