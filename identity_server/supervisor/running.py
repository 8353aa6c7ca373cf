"""The supervisor itself: one coroutine keeps one part alive until the server is told to stop."""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Sequence

from identity_server.supervisor import leash, readiness, restarts
from identity_server.supervisor.parts import Part

# Everything is over within 15 s of the first signal; what has not ended by itself until here is killed.
GRACE = 10.0
# Only a process that has left its group can make this pass; on a busy machine the others need some of it.
LAST_WORDS = 4.0
LONGEST_LINE = 64 * 1024

Say = Callable[[str, str], None]


class Supervisor:
    """Keeps the parts running until SIGTERM, SIGINT or SIGHUP; a second signal kills what is still there."""

    def __init__(
        self, parts: Sequence[Part], *, say: Say, when_ready: Callable[[], None], grace: float = GRACE
    ) -> None:
        self._parts = parts
        self._say = say
        self._when_ready = when_ready
        self._grace = grace
        self._stopping = asyncio.Event()
        self._children: dict[int, asyncio.subprocess.Process] = {}
        self._waiting_for = {part.name for part in parts}
        self._guard = leash.Guard()

    async def run(self) -> None:
        self._listen_for_signals()
        try:
            async with asyncio.TaskGroup() as group:
                for part in self._parts:
                    group.create_task(self._keep(part))
        finally:
            self._kill()
            self._guard.close()

    def _listen_for_signals(self) -> None:
        for asked in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if asked is signal.SIGHUP and signal.getsignal(asked) is signal.SIG_IGN:
                continue  # nohup
            asyncio.get_running_loop().add_signal_handler(asked, self.stop)

    def stop(self) -> None:
        if self._stopping.is_set():
            self._kill()
            return
        self._stopping.set()
        for child in self._children.values():
            _ask_to_end(child)
        asyncio.get_running_loop().call_later(self._grace, self._kill)

    def _kill(self) -> None:
        for group in self._children:
            leash.kill_group(group)

    async def _keep(self, part: Part) -> None:
        failures = 0
        while not self._stopping.is_set():
            began = time.monotonic()
            code = await self._run(part)
            if self._stopping.is_set():
                return
            restart = restarts.after_exit(ran_for=time.monotonic() - began, failures=failures)
            failures = restart.failures
            self._tell(part, f"{_words_for(code)}; starting again in {restart.delay:.0f} s")
            await self._pause(restart.delay)

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return

    async def _run(self, part: Part) -> int:
        """From start to end, with whatever it has forked: when its main process ends, the rest of its group is killed."""
        read_end, write_end = os.pipe()
        child = await self._start(part, output=write_end)
        os.close(write_end)
        ready = asyncio.Event()
        showing = asyncio.create_task(self._show(part, read_end, ready))
        announcing = asyncio.create_task(self._announce(part, ready))
        try:
            return await child.wait()
        finally:
            self._forget(child)
            announcing.cancel()
            await asyncio.wait({showing}, timeout=LAST_WORDS)
            showing.cancel()

    async def _start(self, part: Part, *, output: int) -> asyncio.subprocess.Process:
        child = await asyncio.create_subprocess_exec(
            *leash.held(part.command, nice=part.nice),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={**os.environ, **part.environment},
            start_new_session=True,
        )
        self._guard.watch(child.pid)
        self._children[child.pid] = child
        if self._stopping.is_set():
            _ask_to_end(child)
        return child

    def _forget(self, child: asyncio.subprocess.Process) -> None:
        leash.kill_group(child.pid)
        del self._children[child.pid]
        self._guard.forget(child.pid)

    async def _show(self, part: Part, output: int, ready: asyncio.Event) -> None:
        async for line in _lines(output):
            if part.ready_line and part.ready_line in line:
                ready.set()
            elif line.strip():
                self._tell(part, line)

    async def _announce(self, part: Part, ready: asyncio.Event) -> None:
        await (readiness.until_it_answers(part.ready_url) if part.ready_url else ready.wait())
        self._tell(part, part.ready_words)
        if self._waiting_for == {part.name}:
            self._when_ready()
        self._waiting_for.discard(part.name)

    def _tell(self, part: Part, line: str) -> None:
        try:
            self._say(part.name, line)
        except OSError:  # nobody reads our output any more, as in `up | head`
            if not self._stopping.is_set():
                self.stop()


async def _lines(output: int) -> AsyncIterator[str]:
    """What a child writes, line by line, until the last of its processes has closed its end."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(output, "rb"))
    try:
        rest = b""
        while chunk := await reader.read(LONGEST_LINE):
            *whole, rest = (rest + chunk).split(b"\n")
            if len(rest) > LONGEST_LINE:
                whole, rest = [*whole, rest], b""
            for line in whole:
                yield line.decode(errors="replace")
        if rest:
            yield rest.decode(errors="replace")
    finally:
        transport.close()


def _ask_to_end(child: asyncio.subprocess.Process) -> None:
    if child.returncode is None:
        child.terminate()


def _words_for(code: int) -> str:
    return f"killed by signal {-code}" if code < 0 else f"ended with code {code}"
