"""The parts of this server on this machine, from its configuration. Pure."""

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from identity_server.queues import QUEUES
from identity_server.supervisor.parts import READY, Part

SIGN_IN = "sign-in"
NAMES = ("web", SIGN_IN, "worker", "beat")
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  compared with, not bound to
# Requests that are being answered finish within the supervisor's grace, or granian ends them itself.
WEB_GRACE = 8
# Measured (docs/decisions/0009-the-sign-in-lane.md): more threads of a process only take the interpreter from each other. Where
# there is no lane, one would make who reads wait behind each password.
WEB_THREADS = 2
WEB_THREADS_THAT_HASH = 4
REFUSING_THREADS = 2
# A third of what the others get where all want the processor: they go on, and who signs in does too.
LANE_NICE = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """`bind` is host:port. Two servers on one machine differ in it, and in `var_dir` unless they share their services.

    `sign_in_bind` is where other web processes answer, for the requests that hash; empty for none. On this machine
    `hashing_slots` hash at once, and with those who may wait for that they are `hashing_turns`.
    """

    bind: str
    sign_in_bind: str = ""
    hashing_slots: int = 1
    hashing_turns: int = 1
    var_dir: Path
    web_workers: int
    worker_concurrency: int
    embedded: bool

    @property
    def port(self) -> int:
        return Address.parse(self.bind).port

    @property
    def metrics_dir(self) -> Path:
        """Named by the port: servers that share a VAR_DIR must not sweep each other's files away."""
        return self.var_dir / "metrics" / str(self.port)


class Address(NamedTuple):
    host: str
    port: int

    @classmethod
    def parse(cls, bind: str) -> "Address":
        host, _, port = bind.rpartition(":")
        return cls(host.strip("[]"), int(port))

    @property
    def local_url(self) -> str:
        """Where it answers on this machine, whatever it is bound to."""
        host = EVERYWHERE.get(self.host, self.host)
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"


def parts_of(serving: Serving) -> tuple[Part, ...]:
    lane = (_sign_in(serving),) if serving.sign_in_bind else ()
    return _web(serving), *lane, _worker(serving), _beat(serving)


def _web(serving: Serving) -> Part:
    # SQLite has one writer, so a second process would only wait for the first.
    workers = 1 if serving.embedded else serving.web_workers
    threads = WEB_THREADS if serving.sign_in_bind else WEB_THREADS_THAT_HASH
    return _granian("web", serving, Address.parse(serving.bind), workers=workers, threads=threads)


def _sign_in(serving: Serving) -> Part:
    # A process for each who hashes, so that none waits for another's interpreter or memory map. All who hash or wait may have
    # come to the same, so each has a thread for all of them, and some to tell the others at once that they cannot even wait.
    workers = min(serving.hashing_slots, serving.web_workers)
    threads = serving.hashing_turns + REFUSING_THREADS
    lane = _granian(SIGN_IN, serving, Address.parse(serving.sign_in_bind), workers=workers, threads=threads)
    return replace(lane, nice=LANE_NICE)


def _granian(name: str, serving: Serving, address: Address, *, workers: int, threads: int) -> Part:
    options = _web_options(address) | {"--workers": str(workers), "--blocking-threads": str(threads)}
    flags = ("--no-ws", "--no-access-log", "--respawn-failed-workers")
    given = tuple(word for option in options.items() for word in option)
    return Part(
        name=name,
        command=(sys.executable, "-m", "identity_server.web", *given, *flags, "identity_server.wsgi:application"),
        # Threads that hash 20 MiB each would else leave as much behind in an arena of malloc's for each of them.
        environment={**_environment(serving), "MALLOC_ARENA_MAX": "1"},
        ready_url=f"{address.local_url}/healthz",
        ready_words=f"ready on {address.local_url}",
    )


def _web_options(address: Address) -> dict[str, str]:
    return {
        "--interface": "wsgi",
        "--host": address.host,
        "--port": str(address.port),
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
