"""The web processes of one address: the application is loaded once, and granian's workers are forked from what is loaded.

Run as `python -m identity_server.web` with granian's own options. What must not be shared is opened after the fork, by the
first who needs it: connections to the database and to Redis, threads, the files of Prometheus
(docs/decisions/0012-loaded-once-and-forked.md).
"""

import gc

# Before the first import: looking for garbage among what is only being loaded takes a twentieth of a cold start.
gc.disable()

import multiprocessing  # noqa: E402
import os  # noqa: E402
import sys  # noqa: E402
from importlib import import_module  # noqa: E402

from django.urls import get_resolver  # noqa: E402
from granian.cli import entrypoint  # noqa: E402


def main() -> None:
    load()
    if sys.platform == "linux":  # elsewhere a fork may break what the system's own libraries have begun
        multiprocessing.set_start_method("fork")
    entrypoint()  # type: ignore[no-untyped-call]  # granian types its classes only


def load() -> None:
    """All that a request may need and that opens nothing; set aside, so that collecting garbage copies no shared page."""
    import_module("identity_server.wsgi")
    _ = get_resolver().url_patterns
    gc.freeze()
    os.register_at_fork(after_in_child=gc.enable)


if __name__ == "__main__":
    main()
