"""What a process logs, ours and others' lines alike, as it would write them to stderr."""

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from identity_server.logging import Lines, dict_config, processors


@contextmanager
def log_lines(*, json: bool) -> Iterator[io.StringIO]:
    made = dict_config(json=json, level="INFO")["formatters"]["line"].copy()
    handler = logging.StreamHandler(stream := io.StringIO())
    handler.setFormatter(made.pop("()")(**made))
    root, ours = logging.getLogger(), structlog.get_config()["processors"]
    level, before = root.level, list(ours)
    # In place, as `capture_logs` does: loggers that have logged already keep the list that they know.
    ours[:] = processors(json=json)
    root.addHandler(handler)
    root.setLevel("INFO")
    Lines.file = stream
    try:
        yield stream
    finally:
        Lines.file = None
        root.removeHandler(handler)
        root.setLevel(level)
        ours[:] = before
