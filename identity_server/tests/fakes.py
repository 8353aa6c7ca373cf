"""Small stand-ins for web, worker and beat, and a supervisor over them in a process of its own."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from uuid import uuid4

from identity_server.supervisor.parts import Part

MARK = "SUPERVISOR_TEST"
PATIENCE = 20.0

STEADY = "import time; print('steady ready', flush=True); time.sleep(600)"
# Like Celery's pool: a grandchild in the same group, which no PR_SET_PDEATHSIG of its parent holds.
WITH_GRANDCHILD = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {STEADY!r}]).wait()"
DEAF = "import signal; [signal.signal(s, signal.SIG_IGN) for s in (2, 15)]; " + STEADY
FINISHING = """
import os, signal, sys, time
# print may be interrupted by the very signal in whose handler it would be called again
signal.signal(signal.SIGTERM, lambda *_: (os.write(1, b"finished what ran\\n"), sys.exit()))
print("steady ready", flush=True)
time.sleep(600)
"""
STUBBORN = """
import os, signal, time
signal.signal(signal.SIGTERM, lambda *_: os.write(1, b"not yet\\n"))
print("steady ready", flush=True)
while True:
    time.sleep(600)
"""
DYING = "import sys; print('born', flush=True); sys.exit(3)"

# In a process of its own, so that a test may kill it; no Django in it, so that it starts fast.
SUPERVISE = """
import asyncio, json, sys
from identity_server.supervisor.parts import Part
from identity_server.supervisor.running import Supervisor

def say(name, line):
    print(f"{name} | {line}", flush=True)

async def main(parts, grace):
    await Supervisor(parts, say=say, when_ready=lambda: say("all", "ready"), grace=grace).run()

asyncio.run(main([Part(**part) for part in json.loads(sys.argv[1])], float(sys.argv[2])))
"""


def part(name: str, script: str, *, ready_url: str = "") -> Part:
    ready_line = "" if ready_url else "steady ready"
    return Part(name=name, command=(sys.executable, "-c", script), ready_line=ready_line, ready_url=ready_url)


class Up:
    """A running supervisor; `mark` stands in the environment of all its descendants."""

    def __init__(self, process: "subprocess.Popen[str]", mark: str) -> None:
        self.process = process
        self.mark = mark
        self.heard: list[str] = []

    def hear(self, wanted: str) -> None:
        """Read until a line holds `wanted`; pytest-timeout ends the wait for one that never comes."""
        assert self.process.stdout
        for line in self.process.stdout:
            self.heard.append(line.rstrip())
            if wanted in line:
                return
        raise AssertionError(f"never said {wanted!r}, only {self.heard}")

    def rest(self) -> str:
        assert self.process.stdout
        return "".join(self.process.stdout)

    def family(self) -> set[int]:
        """The processes that carry the mark, and still run."""
        needle = f"{MARK}={self.mark}".encode()
        return {pid for pid in _processes() if needle in _environment_of(pid)} - {self.process.pid}

    def pid_of(self, script: str) -> int:
        """The oldest process that runs exactly this script."""
        return min(pid for pid in self.family() if _command_of(pid)[-1:] == [script])


@contextmanager
def up(*parts: Part, grace: float = 10.0) -> Iterator[Up]:
    mark = uuid4().hex
    process = subprocess.Popen(
        [sys.executable, "-c", SUPERVISE, json.dumps([asdict(p) for p in parts]), str(grace)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, MARK: mark},
    )
    running = Up(process, mark)
    try:
        yield running
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()
        assert until(lambda: not running.family()), "somebody outlived the supervisor"


def until(true: Callable[[], object]) -> bool:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if true():
            return True
    return False


def _processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _environment_of(pid: int) -> bytes:
    """Empty for a process that has ended, or whose parent has not yet taken note of it."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/environ").read_bytes()
    return b""


def _command_of(pid: int) -> list[str]:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")[:-1]
    return []
