"""The log: one line an event, JSON in production. What it must never hold is masked, and no value can forge a line."""

import logging
import re
import sys
import time
from collections.abc import Mapping, MutableMapping
from threading import Lock
from typing import Any, ClassVar, TextIO

import structlog
from structlog.types import Processor

SECRET_NAMES = re.compile(
    r"pass(word|phrase)?$|secret|authorization|cookie|api_?key|private|otp$|(^|_)(access|refresh|token|challenge)$",
    re.IGNORECASE,
)
# A JWT in any field, ours that are shown once, and what stands behind `token=` in a link.
SECRET_SHAPES = re.compile(r"eyJ[\w-]{8,}\.[\w-]+\.?[\w-]*|\b(?:idk|ids|idl|whsec)_[\w-]{16,}|(?<=token=)[\w.~-]{8,}")
MASK = "[masked]"
KEPT_BREAKS = "\n\t"
# What they say when all goes well: that they start (the supervisor tells), and each task that they send, get and finish.
QUIET = (
    "asyncio",
    "celery.app.trace",
    "celery.apps.worker",
    "celery.beat",
    "celery.redirected",
    "celery.worker.consumer",
    "celery.worker.strategy",
    "django_structlog.celery",
)

# What strangers send is no fault of ours, and is answered with 400; with a traceback each, they could fill the log.
STRANGE = (
    "DisallowedHost",
    "DisallowedModelAdminLookup",
    "RequestDataTooBig",
    "SuspiciousMultipartForm",
    "TooManyFieldsSent",
    "TooManyFilesSent",
)


def escape(text: str, *, keep: str = "") -> str:
    """`text` with every character that could forge a line or steer a terminal written out (CVE-2025-48432)."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in keep else c.encode("unicode_escape").decode() for c in text)


def clean(value: Any, name: str = "") -> Any:
    """That value, fit for the log: masked by the name of its field or by its shape, and escaped."""
    if SECRET_NAMES.search(name):
        return MASK
    if isinstance(value, str):
        return escape(SECRET_SHAPES.sub(MASK, value), keep=KEPT_BREAKS if name == "exception" else "")
    if isinstance(value, Mapping):
        return {str(inner): clean(each, str(inner)) for inner, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [clean(each) for each in value]
    return value if isinstance(value, int | float | bool | None) else clean(str(value))


def clean_event(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name in [name for name in event if not name.startswith("_")]:
        event[name] = clean(event[name], name)
    return event


class NotOften(logging.Filter):
    """Lets the same complaint through once in a while: a cache that is down would else fill the disk."""

    def __init__(self, seconds: float = 10.0) -> None:
        super().__init__()
        self.seconds = seconds
        self.last = float("-inf")

    def filter(self, _record: logging.LogRecord) -> bool:
        now = time.monotonic()
        passes = now - self.last >= self.seconds
        self.last = now if passes else self.last
        return passes


class InOneLine(logging.Filter):
    """A dependency that is down is told with its reason; where our code asked it is no news."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and record.levelno <= logging.WARNING:
            reason = str(record.exc_info[1]) or "no answer in time"
            record.msg, record.args = f"{record.getMessage()}: {reason}", ()
            record.exc_info = None
        return True


class Lines:
    """Where our own loggers write: straight to stderr, because every request waits for its line."""

    lock: ClassVar = Lock()
    file: ClassVar[TextIO | None] = None

    def __init__(self, name: str = "") -> None:
        self.name = name

    def msg(self, message: str) -> None:
        with self.lock:
            (self.file or sys.stderr).write(message + "\n")

    log = debug = info = warning = error = critical = exception = msg


def hush(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """As `QUIET` does for those who log as Python does."""
    if logger.name in QUIET and method in {"debug", "info"}:
        raise structlog.DropEvent
    return event


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]


def _renderer(*, json: bool) -> Processor:
    return structlog.processors.JSONRenderer() if json else structlog.dev.ConsoleRenderer(colors=False)


def processors(*, json: bool) -> list[Processor]:
    return [hush, *_shared(), clean_event, _renderer(json=json)]


def configure_structlog(*, json: bool, level: str) -> None:
    structlog.configure(
        processors=processors(json=json),
        logger_factory=Lines,
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )


def dict_config(*, json: bool, level: str) -> dict[str, Any]:
    """For Django's LOGGING: what others log goes to stderr too, and looks the same."""
    processors = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, clean_event, _renderer(json=json)]
    quiet = {name: {"level": "WARNING"} for name in QUIET}
    faults_of_strangers = {f"django.security.{name}": {"level": "CRITICAL"} for name in STRANGE}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {
            "not_often": {"()": NotOften},
            "in_one_line": {"()": InOneLine},
        },
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": processors,
                "foreign_pre_chain": [structlog.stdlib.PositionalArgumentsFormatter(), *_shared()],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            **quiet,
            "django": {"level": level, "handlers": [], "propagate": True},
            # Each request has its line already, with its status and id.
            "django.request": {"level": "ERROR"},
            **faults_of_strangers,
            "django.server": {"level": "WARNING", "handlers": [], "propagate": True},
            "django_redis.cache": {"filters": ["not_often"]},
            "common.throttle": {"filters": ["not_often"]},
            "common.stamps": {"filters": ["not_often"]},
            "health_check": {"filters": ["in_one_line"]},
        },
    }
