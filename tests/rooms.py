"""A room of its own on each shared service for a live server: a database, a Redis number, a RabbitMQ vhost."""

import os
import shutil
import subprocess
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg

HIGHEST_REDIS = 15


def make() -> dict[str, str]:
    """The variables that point a server to its room; none where the tests run on the embedded default."""
    if "DATABASE_URL" not in os.environ:
        return {}
    name = f"live_{uuid4().hex[:12]}"
    # Each process of the run has a number of its own, apart from those of tests that start no server.
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    with psycopg.connect(_with_path(os.environ["DATABASE_URL"], "postgres"), autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
    return {
        "DATABASE_URL": _with_path(os.environ["DATABASE_URL"], name),
        "REDIS_URL": _with_path(os.environ["REDIS_URL"], str(HIGHEST_REDIS - worker)),
        "BROKER_URL": _vhost(name),
        "SECRET_KEY": uuid4().hex * 2,
        "ENCRYPTION_KEYS": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
    }


def clear(room: dict[str, str]) -> None:
    if not room:
        return
    name = urlsplit(room["DATABASE_URL"]).path[1:]
    with psycopg.connect(_with_path(os.environ["DATABASE_URL"], "postgres"), autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    if room["BROKER_URL"] != os.environ["BROKER_URL"]:
        _rabbitmqctl("delete_vhost", name)


def _vhost(name: str) -> str:
    # Without RabbitMQ's own tool on this machine the servers share what BROKER_URL names, one at a time.
    if not shutil.which("rabbitmqctl"):
        return os.environ["BROKER_URL"]
    _rabbitmqctl("add_vhost", name)
    _rabbitmqctl(
        "set_permissions", "-p", name, urlsplit(os.environ["BROKER_URL"]).username or "guest", ".*", ".*", ".*"
    )
    return _with_path(os.environ["BROKER_URL"], name)


def _rabbitmqctl(*words: str) -> None:
    subprocess.run(["rabbitmqctl", "-q", *words], check=True, capture_output=True)


def _with_path(url: str, path: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{path}"))
