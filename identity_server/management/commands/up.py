import asyncio
import os
import shutil
import socket
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connections
from django.utils import timezone

from common.errors import DomainError
from identity_server import bootstrap, turns
from identity_server.supervisor.parts import Part
from identity_server.supervisor.running import Supervisor
from identity_server.supervisor.server import NAMES, SIGN_IN, Address, Serving, parts_of


class Command(BaseCommand):
    help = "Run web, sign-in, worker and beat on this machine, migrated and bootstrapped, until Ctrl-C or SIGTERM."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("parts", nargs="*", metavar="part", help=f"only these of {', '.join(NAMES)}")
        parser.add_argument("--no-setup", action="store_true", help="somebody else has migrated and bootstrapped")

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        serving = _serving()
        parts = _wanted(options["parts"], serving)
        _require_free_addresses(parts, serving)
        words = "" if options["no_setup"] else _set_up()
        _prepare_metrics(serving.metrics_dir)
        # The children find the project where it is, wherever this command was called.
        os.chdir(settings.BASE_DIR)
        asyncio.run(self._supervise(parts, words))

    async def _supervise(self, parts: Sequence[Part], words: str) -> None:
        def say(name: str, line: str) -> None:
            self.stdout.write(f"{name:<7} | {line}")
            self.stdout.flush()

        def when_ready() -> None:
            lines = [f"Sign in at {settings.PUBLIC_URL}/admin/", words]
            self.stdout.write("\n".join(line for line in lines if line))
            self.stdout.flush()

        await Supervisor(parts, say=say, when_ready=when_ready).run()


def _serving() -> Serving:
    return Serving(
        bind=settings.BIND,
        sign_in_bind=settings.SIGN_IN_BIND,
        hashing_turns=settings.HASHING_SLOTS * (1 + settings.HASHING_QUEUE),
        var_dir=Path(settings.VAR_DIR),
        web_workers=settings.WEB_WORKERS,
        worker_concurrency=settings.WORKER_CONCURRENCY,
        embedded=settings.EMBEDDED,
    )


def _wanted(names: Sequence[str], serving: Serving) -> list[Part]:
    if unknown := set(names) - set(NAMES):
        raise CommandError(f"There is no {', '.join(sorted(unknown))}; the parts are {', '.join(NAMES)}.")
    parts = [part for part in parts_of(serving) if not names or part.name in names]
    if set(names) - {part.name for part in parts}:
        raise CommandError(f"There is no {SIGN_IN} here: SIGN_IN_BIND is off, or the database is the embedded one.")
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
            raise CommandError(
                f"{variable} cannot be {bind}: {error.strerror}. Example: {variable}=127.0.0.1:8005"
            ) from None


def _set_up() -> str:
    """What to tell about the first administrator."""
    try:
        with turns.my_turn():
            call_command("migrate", interactive=False, verbosity=0)
            return bootstrap.words_for(bootstrap.run(keep_password=True, at=timezone.now()))
    except OperationalError as error:
        raise CommandError(f"The database does not answer: {str(error).partition(chr(10))[0]}") from None
    except DomainError as refusal:
        raise CommandError(bootstrap.words_against(refusal)) from None
    finally:
        _let_go_of_the_database()


def _let_go_of_the_database() -> None:
    """The supervisor itself needs none, and a pool would keep its connections and threads for as long as it runs."""
    for connection in connections.all(initialized_only=True):
        connection.close()
        if hasattr(connection, "close_pool"):
            connection.close_pool()


def _prepare_metrics(folder: Path) -> None:
    """Files of processes that are gone would be summed up with the living."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
