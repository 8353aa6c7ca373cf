"""Secrets that the embedded server makes for itself: once, in VAR_DIR, for its owner's eyes only."""

import os
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from identity_server.config.faults import Fault


def private_folder(path: Path) -> Path:
    """That folder, made if need be, and closed to everybody else."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = path.stat()
        if found.st_mode & stat.S_ISVTX:
            raise Fault("VAR_DIR", "is shared with others; give a folder of its own", "./var")
        if found.st_uid == os.geteuid() and found.st_mode & 0o077:
            path.chmod(0o700)
    except OSError as error:
        raise Fault("VAR_DIR", f"cannot be used: {error.strerror}", "./var") from None
    return path


def kept(path: Path, make: Callable[[], str]) -> str:
    """The secret in that file. Of several processes that start at once, one makes it and all read the same."""
    if not path.exists():
        _publish(path, make())
    try:
        found = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        found = ""
    if not found:
        raise Fault("VAR_DIR", f"holds {path.name}, which cannot be read or is empty; restore it from a backup")
    return found


def _publish(path: Path, secret: str) -> None:
    # Written whole under another name and then linked, which fails where the file is there already:
    # nobody ever reads half a secret, and nobody's secret is overwritten.
    draft = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secret + "\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)
    except OSError as error:
        raise Fault("VAR_DIR", f"cannot be written: {error.strerror}", "./var") from None
    finally:
        draft.unlink(missing_ok=True)
