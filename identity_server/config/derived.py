"""Django's dictionaries for database, cache and mail, made from the configuration. Pure."""

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from redis.backoff import NoBackoff
from redis.retry import Retry

from identity_server import resting
from identity_server.config.config import Config

# WAL lets readers and the writer work side by side; with it, NORMAL loses no commit when only the process dies.
SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16000; PRAGMA temp_store=MEMORY;"
)
SMTP_PORTS = {"smtp": 25, "smtps": 465, "smtp+tls": 587}


def database(config: Config) -> dict[str, Any]:
    return _sqlite(config) if config.embedded else _postgresql(config)


def _sqlite(config: Config) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(config.var_dir / "db.sqlite3"),
        "CONN_MAX_AGE": 60,
        "OPTIONS": {
            # A transaction that begins as a reader cannot wait for its turn to write; one that begins as a writer can.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": SQLITE_PRAGMAS,
        },
    }


def _postgresql(config: Config) -> dict[str, Any]:
    given = config.given.database
    url = urlsplit(given.database_url.get_secret_value() if given.database_url else "")
    connect_timeout = int(given.database_connect_timeout.total_seconds())
    return {
        "ENGINE": "identity_server.database",
        "NAME": unquote(url.path.lstrip("/")) or "identity",
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": unquote(url.hostname or ""),
        "PORT": str(url.port or ""),
        "OPTIONS": {
            "application_name": "identity-server",
            "connect_timeout": connect_timeout,
            "keepalives_idle": 30,
            "tcp_user_timeout": 15_000,
            # Of those statements that can be prepared at all: the ones of `common.statements`.
            "prepare_threshold": 0,
            "options": _session_options(config),
            "pool": {
                "min_size": given.database_pool_min,
                "max_size": given.database_pool_max,
                "timeout": given.database_pool_timeout.total_seconds(),
                # Its pauses between attempts double. So it gives up soon, and the next request makes it try again:
                # a database that comes back after an hour is not left alone for another.
                "reconnect_timeout": connect_timeout,
            },
            **dict(parse_qsl(url.query)),
        },
    }


def _session_options(config: Config) -> str:
    given = config.given.database
    limits = {
        "lock_timeout": given.database_lock_timeout,
        "statement_timeout": given.database_statement_timeout,
    }
    given_limits = (f"-c {name}={int(limit.total_seconds() * 1000)}" for name, limit in limits.items())
    # To compile a plan takes many times what one of our questions takes.
    return " ".join((*given_limits, "-c jit=off"))


def cache(config: Config) -> dict[str, Any]:
    given = config.given.cache
    if given.redis_url is None:
        return {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 10_000}}
    url, seconds = given.redis_url.get_secret_value(), given.redis_timeout.total_seconds()
    return {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": url,
        "KEY_PREFIX": "identity",
        "OPTIONS": {
            "SOCKET_CONNECT_TIMEOUT": seconds,
            "SOCKET_TIMEOUT": seconds,
            # One attempt, no waiting: the database answers instead.
            "CONNECTION_POOL_KWARGS": {
                "retry": Retry(NoBackoff(), 0),
                "max_connections": 100,
                "connection_class": resting.BY_SCHEME[urlsplit(url).scheme],
            },
            # Whoever gets into Redis must not get into this process, as unpickling would let them.
            "SERIALIZER": "django_redis.serializers.json.JSONSerializer",
            "IGNORE_EXCEPTIONS": True,
        },
    }


def mail(config: Config) -> dict[str, Any]:
    """The names of Django's own settings, with their values."""
    given = config.given.mail
    if given.email_url is None:
        return {"EMAIL_BACKEND": "identity_server.mail.EmlBackend"}
    url = urlsplit(given.email_url.get_secret_value())
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": url.hostname or "localhost",
        "EMAIL_PORT": url.port or SMTP_PORTS[url.scheme],
        "EMAIL_HOST_USER": unquote(url.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(url.password or ""),
        "EMAIL_USE_SSL": url.scheme == "smtps",
        "EMAIL_USE_TLS": url.scheme == "smtp+tls",
        "EMAIL_TIMEOUT": given.email_timeout.total_seconds(),
    }
