"""Loads as the web processes do, forks as granian does, and tells in JSON what was held before and made after."""

import gc
import json
import os
import random
import secrets
import sys
import threading
from pathlib import Path
from typing import Any

from django.db import connections
from django.urls import get_resolver

from common.identifiers import uuid7
from identity_server import web

FORKS = 3


def main() -> None:
    web.load()
    told = {
        "open": sorted(filter(None, map(_opened, Path("/proc/self/fd").iterdir()))),
        "threads": threading.active_count(),
        "connected": [each.alias for each in connections.all(initialized_only=True) if each.connection],
        "set_aside": gc.get_freeze_count(),
        "routes": "url_patterns" in vars(get_resolver()),
    }
    json.dump(told | {"workers": _workers()}, sys.stdout)


def _opened(descriptor: Path) -> str:
    try:
        return str(descriptor.readlink())
    except FileNotFoundError:  # what listed them
        return ""


def _workers() -> list[dict[str, Any]]:
    read_end, write_end = os.pipe()
    for _ in range(FORKS):
        if os.fork() == 0:
            made = [str(uuid7()), secrets.token_hex(), random.random()]  # noqa: S311  whether it begins anew in each
            os.write(write_end, f"{json.dumps({'collects': gc.isenabled(), 'made': made})}\n".encode())
            os._exit(0)
        os.wait()
    os.close(write_end)
    with os.fdopen(read_end) as lines:
        return [json.loads(line) for line in lines]


if __name__ == "__main__":
    main()
