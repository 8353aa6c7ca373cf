"""Load from wrk: sixteen connections, each with a request (or a chain of refresh tokens) of its own."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

CLIENTS = 16
SCRIPTS = Path(__file__).parent / "wrk"
MARK = "OUTCOME "


class Line(NamedTuple):
    """What one connection sends: an Authorization header, or none, and a body, or none."""

    authorization: str = "-"
    body: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    method: str
    url: str
    lines: Sequence[Line]
    form: str = "application/json"
    chained: bool = False
    # So many connections share the lines, each going round in those of its own; None: a connection for each line.
    shared_by: int | None = None

    @property
    def script(self) -> str:
        return "chain.lua" if self.chained else "round.lua" if self.shared_by else "same.lua"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What wrk saw. Times in milliseconds; `refused` are answers outside 2xx, which count as no work."""

    requests: int
    seconds: float
    p50: float
    p99: float
    refused: int
    broken: int

    @property
    def rate(self) -> float:
        return (self.requests - self.refused) / self.seconds

    @classmethod
    def parse(cls, said: str) -> "Outcome":
        found = [line.removeprefix(MARK) for line in said.splitlines() if line.startswith(MARK)]
        if not found:
            raise RuntimeError(f"wrk said no outcome: {said[-500:]!r}")
        told: dict[str, Any] = json.loads(found[0])
        return cls(**told)


class Running:
    """A load under way. `outcome()` waits for its end."""

    def __init__(self, load: Load, *, seconds: float) -> None:
        # wrk counts in whole seconds.
        self.folder = Path(tempfile.mkdtemp(prefix="bench-"))
        lines = self.folder / "lines"
        lines.write_text("".join(f"{line.authorization}\t{line.body}\n" for line in load.lines))
        clients, script = str(load.shared_by or len(load.lines)), SCRIPTS / load.script
        command = [
            "wrk",
            "-t",
            clients,
            "-c",
            clients,
            "-d",
            f"{round(seconds)}s",
            "--timeout",
            "10s",
            "-s",
            str(script),
        ]
        self.process = subprocess.Popen(
            [*command, load.url, "--", load.method, load.form, str(lines), clients], stdout=subprocess.PIPE, text=True
        )

    def outcome(self) -> Outcome:
        said, _ = self.process.communicate()
        shutil.rmtree(self.folder)
        return Outcome.parse(said)


def run(load: Load, *, seconds: float) -> Outcome:
    return Running(load, seconds=seconds).outcome()
