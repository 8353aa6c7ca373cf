"""Keeps children from outliving their supervisor, however it ends. Run as a script by path: it starts fast and imports no Django.

Neither leash is enough alone. `hold PARENT NICE COMMAND…` asks the kernel to kill this process when its parent dies, and becomes
COMMAND; exec keeps that wish, but fork drops it, so Celery's pool and granian's workers are not held. `guard` reads numbers
of process groups from a pipe of which only the supervisor has the other end; when that end closes (the kernel closes it also
after `kill -9`), it kills the groups that are left. The guard cannot know a child in the instant between its start and
its entry on the list; the kernel's wish covers that instant. It is a wrapper and not a `preexec_fn`, since that
is unsafe in a process with threads, which database pools are.
"""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress

PR_SET_PDEATHSIG = 1


def held(command: Sequence[str], *, nice: int = 0) -> list[str]:
    """That command, as a child of this process that dies with it, and stands back behind it."""
    return [*_script("hold"), str(os.getpid()), str(nice), *command]


class Guard:
    """Kills the groups it knows when this process is gone."""

    def __init__(self) -> None:
        # Its own session, so that Ctrl-C in the terminal does not reach it.
        read_end, self._pipe = os.pipe()
        self._process = subprocess.Popen(  # noqa: S603  our own file
            _script("guard"), stdin=read_end, stdout=subprocess.DEVNULL, start_new_session=True
        )
        os.close(read_end)

    def watch(self, group: int) -> None:
        self._tell(f"+{group}\n")

    def forget(self, group: int) -> None:
        self._tell(f"-{group}\n")

    def close(self) -> None:
        os.close(self._pipe)
        self._process.wait()

    def _tell(self, line: str) -> None:
        # Somebody may have killed the guard; the kernel's wish still stands, so the server goes on.
        with suppress(BrokenPipeError):
            os.write(self._pipe, line.encode())


def kill_group(group: int) -> None:
    # Of a group that has ended there is none to kill; on some systems a group of zombies may not be signalled.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def _script(role: str) -> list[str]:
    return [sys.executable, "-I", "-S", os.path.abspath(__file__), role]  # noqa: PTH100  pathlib would slow the start


def _hold(parent: int, nice: int, command: list[str]) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before the kernel had heard the wish
        sys.exit(1)
    if nice:
        _stand_back(nice)
    os.execvp(command[0], command)  # noqa: S606  what the supervisor asked for


def _stand_back(nice: int) -> None:
    os.nice(nice)
    # Linux may weigh whole sessions against each other (sched_autogroup), and each child leads one of its own: then its
    # processes' own numbers count only among themselves.
    with suppress(OSError), open("/proc/self/autogroup", "w") as session:  # noqa: PTH123  as above
        session.write(str(nice))


def _guard(lines: Iterable[str]) -> None:
    for stop in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(stop, signal.SIG_IGN)  # a stop that is sent to everybody must not take the guard first
    groups: set[int] = set()
    for line in lines:
        sign, group = line[0], int(line[1:])
        (groups.add if sign == "+" else groups.discard)(group)
    for group in groups:
        kill_group(group)


if __name__ == "__main__":
    if sys.argv[1] == "hold":
        _hold(int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])
    else:
        _guard(sys.stdin)
