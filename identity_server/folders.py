"""The embedded broker: kombu's transport of files in folders, made safe for several processes that start at once.

Kombu's own writes a message in place, so a reader may find half of it, and it takes messages over the system's
temporary folder, which others can list. Its tables of bindings are truncated before they are locked.
A worker that is killed loses the message it holds; the outbox sends what was owed again.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty
from typing import Any
from uuid import uuid4

from kombu.transport import filesystem
from kombu.transport.virtual import BrokerState
from kombu.utils.json import dumps, loads


class Channel(filesystem.Channel):
    """A message is one file, `time_id.queue.msg`; a file that is being written or read has a hidden name."""

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self.messages = Path(self.data_folder_in)
        for folder in (self.messages.parent, self.messages, self.control_folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _put(self, queue: str, payload: Any, **_: Any) -> None:  # type: ignore[override]  # kombu names it in two ways
        # Named by the clock of the day, not of this boot as kombu does: messages outlive a restart and keep their order.
        name = f"{time.time_ns():020d}_{uuid4().hex}.{queue}.msg"
        draft = self.messages / f".{name}"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(dumps(payload))
        draft.rename(self.messages / name)

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        del timeout
        for path in sorted(self.messages.glob(f"[0-9]*.{queue}.msg")):
            # The pattern also finds `events.msg` in the name of a queue that ends in `.events`.
            if path.name.partition(".")[2] == f"{queue}.msg" and (found := _take(path)) is not None:
                return loads(found)
        raise Empty

    def get_table(self, exchange: str) -> list[Any]:
        with self._tables():
            found: list[Any] = super().get_table(exchange)
        return found

    def _queue_bind(self, *binding: Any) -> None:
        with self._tables():
            super()._queue_bind(*binding)

    def _delete(self, *binding: Any, **options: Any) -> None:
        with self._tables():
            super()._delete(*binding, **options)

    @contextmanager
    def _tables(self) -> Iterator[None]:
        with (self.control_folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


class Transport(filesystem.Transport):
    """Each connection remembers what it has bound by itself, so that a new one binds again in a folder that was emptied."""

    Channel = Channel

    def __init__(self, client: Any, **options: Any) -> None:
        super().__init__(client, **options)
        self.state = BrokerState()


def _take(path: Path) -> str | None:
    """Its content, for the one process that came first."""
    taken = path.with_name(f".taken-{path.name}")
    with suppress(FileNotFoundError):
        path.rename(taken)
        content = taken.read_text()
        taken.unlink()
        return content
    return None
