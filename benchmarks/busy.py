"""The other cores at work, as those of a server are that is asked all the time.

On a machine that does nothing else, what a question to Redis takes is mostly the waking of a core: the same three values took
10 us or 100, whoever asked. Where the other cores have work, both sides of the question run on one that is awake.
"""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def others() -> Iterator[None]:
    """All cores but one compute, until the end."""
    command = [sys.executable, "-c", "while True: pass"]
    at_work = [subprocess.Popen(command) for _ in range((os.cpu_count() or 1) - 1)]
    try:
        yield
    finally:
        for one in at_work:
            one.kill()
            one.wait()
