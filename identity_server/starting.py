"""`manage.py up`: finds out what is to run here, prepares it, and supervises it.

It starts what loads everything, and itself loads next to nothing: no Django, and no settings.
"""

import asyncio
import os
import shutil
import socket
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from pathlib import Path

from identity_server.config import Config, load_or_exit
from identity_server.config.environment import PROJECT
from identity_server.supervisor import leash
from identity_server.supervisor.parts import Part
from identity_server.supervisor.running import Supervisor
from identity_server.supervisor.server import NAMES, SIGN_IN, Address, Serving, parts_of

HELP = "Run web, sign-in, worker and beat on this machine, migrated and bootstrapped, until Ctrl-C or SIGTERM."


class CannotStart(Exception):
    """What the operator has to change, in a line."""


def main(words: Sequence[str]) -> None:
    parser = ArgumentParser(prog="manage.py up", description=HELP)
    add_arguments(parser)
    asked = parser.parse_args(words)
    try:
        run(asked.parts, set_up=not asked.no_setup, say=_say)
    except CannotStart as refusal:
        # As Django tells it of its own commands.
        sys.exit(f"CommandError: {refusal}")


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("parts", nargs="*", metavar="part", help=f"only these of {', '.join(NAMES)}")
    parser.add_argument("--no-setup", action="store_true", help="somebody else has migrated and bootstrapped")


def run(names: Sequence[str], *, set_up: bool, say: Callable[[str], None]) -> None:
    """`CannotStart` before anything has been started."""
    config = load_or_exit()
    serving = _serving(config)
    parts = _wanted(names, serving)
    _require_free_addresses(parts, serving)
    words = _set_up() if set_up else ""
    _prepare_metrics(serving.metrics_dir)
    # The children find the project where it is, wherever this command was called.
    os.chdir(PROJECT)
    asyncio.run(_supervise(parts, f"Sign in at {config.public_url}/admin/\n{words}".rstrip(), say))


async def _supervise(parts: Sequence[Part], words: str, say: Callable[[str], None]) -> None:
    def tell(name: str, line: str) -> None:
        say(f"{name:<7} | {line}")

    await Supervisor(parts, say=tell, when_ready=lambda: say(words)).run()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _serving(config: Config) -> Serving:
    server = config.given.server
    return Serving(
        bind=server.bind,
        sign_in_bind=config.sign_in_bind,
        hashing_slots=config.hashing_slots,
        hashing_turns=config.hashing_slots * (1 + server.hashing_queue),
        var_dir=config.var_dir,
        web_workers=server.web_workers,
        worker_concurrency=server.worker_concurrency,
        embedded=config.embedded,
    )


def _wanted(names: Sequence[str], serving: Serving) -> list[Part]:
    if unknown := set(names) - set(NAMES):
        raise CannotStart(f"There is no {', '.join(sorted(unknown))}; the parts are {', '.join(NAMES)}.")
    parts = [part for part in parts_of(serving) if not names or part.name in names]
    if set(names) - {part.name for part in parts}:
        raise CannotStart(f"There is no {SIGN_IN} here: SIGN_IN_BIND is off, or the database is the embedded one.")
    return parts


def _require_free_addresses(parts: Sequence[Part], serving: Serving) -> None:
    starting = {part.name for part in parts}
    if "web" in starting:
        _require_free("BIND", serving.bind)
    if SIGN_IN in starting:
        _require_free("SIGN_IN_BIND", serving.sign_in_bind)


def _require_free(variable: str, bind: str) -> None:
    """Granian would share the port with another granian, and each would get some of the other's visitors."""
    address = Address.parse(bind)
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            raise CannotStart(
                f"{variable} cannot be {bind}: {error.strerror}. Example: {variable}=127.0.0.1:8005"
            ) from None


def _set_up() -> str:
    """What to tell about the first administrator. Done by another process, since it takes all that the server is made of."""
    command = leash.held((sys.executable, "manage.py", "setup"))
    done = subprocess.run(command, check=False, cwd=PROJECT, stdout=subprocess.PIPE, text=True)  # noqa: S603  our own
    if done.returncode:
        sys.exit(done.returncode)  # it has said why
    return done.stdout.strip()


def _prepare_metrics(folder: Path) -> None:
    """Files of processes that are gone would be summed up with the living."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
