import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.core.management.color import color_style
from django.db import OperationalError, ProgrammingError
from django.utils import timezone

from common.actors import Actor, ActorKind
from common.errors import DomainError
from rbac.policy_files import checking, reports, writing
from rbac.policy_files.documents import Document
from rbac.policy_files.reports import Line, Tone
from rbac.services.policy_files import carrying_out, present
from rbac.services.policy_files.carrying_out import Outcome

ACTOR = Actor(kind=ActorKind.SYSTEM, label="config apply")
STANDARD = "-"
LARGEST = 8 * 2**20
DIFFERS = 2


class Command(BaseCommand):
    help = "The policy as a file: write it out, compare one with what is there, bring one in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="export|plan|apply")
        export = actions.add_parser("export", help="write permissions, roles, separations of duty and groups as YAML")
        export.add_argument("file", nargs="?", default=STANDARD, help="where to; - (the default) is standard output")
        export.add_argument("--members", action="store_true", help="also who is in the groups, by address")
        plan = actions.add_parser(
            "plan", help="what apply would do; ends with 0 for nothing, 2 for changes, 1 for errors"
        )
        apply = actions.add_parser("apply", help="as plan; with --yes it is done")
        apply.add_argument("--yes", action="store_true", help="do it, all of it or nothing")
        for action in (plan, apply):
            action.add_argument("file", help="the policy; - is standard input")
            action.add_argument("--prune", action="store_true", help="remove what the sections in the file do not have")

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        self.is_colourful = options["force_color"] or (self._can_colour() and not options["no_color"])
        act = {"export": self._export, "plan": self._plan, "apply": self._apply}[options["action"]]
        try:
            act(options)
        except DomainError as refusal:
            raise CommandError(f"{options['file']} cannot be taken:\n{refusal.detail}") from None
        except (OperationalError, ProgrammingError) as error:
            # The second is what PostgreSQL says where `migrate` has not been.
            raise CommandError(f"The database does not answer: {str(error).partition(chr(10))[0]}") from None

    def _export(self, options: Mapping[str, Any]) -> None:
        text = writing.text_of(present.document(with_members=options["members"], at=timezone.now()))
        if options["file"] == STANDARD:
            self.stdout.write(text, ending="")
            return
        try:
            Path(options["file"]).write_text(text, encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be written: {error.strerror}.") from None

    def _plan(self, options: Mapping[str, Any]) -> None:
        document = _read(options["file"])
        outcome = carrying_out.plan(document, prune=options["prune"], actor=ACTOR, at=timezone.now())
        self._tell(document, outcome)
        if outcome.comparison.steps:
            sys.exit(DIFFERS)

    def _apply(self, options: Mapping[str, Any]) -> None:
        if not options["yes"]:
            self.stdout.write("Nothing is changed without --yes.")
            self._plan(options)
            return
        document = _read(options["file"])
        outcome = carrying_out.apply(document, prune=options["prune"], actor=ACTOR, at=timezone.now())
        self._tell(document, outcome)
        self.stdout.write("Done.")

    def _tell(self, document: Document, outcome: Outcome) -> None:
        """Raises where it may not stand: then nothing was done."""
        self._say(reports.of_comparison(outcome.comparison))
        self._say(reports.of_effects(outcome.effects))
        self.stdout.write(reports.summary(outcome.comparison))
        if outcome.refusals:
            raise CommandError("\n".join(["This is refused, so nothing is done:", *map(str, outcome.refusals)]))
        if outcome.failures:
            raise CommandError("\n".join(["These tests do not hold, so nothing is done:", *map(str, outcome.failures)]))
        if document.tests:
            self.stdout.write(f"All {len(document.tests)} tests hold.")

    def _say(self, lines: Iterable[Line]) -> None:
        style = color_style(force_color=True)
        paints = {Tone.ADDED: style.SUCCESS, Tone.REMOVED: style.ERROR, Tone.CHANGED: style.WARNING}
        for line in lines:
            paint = paints.get(line.tone) if self.is_colourful else None
            self.stdout.write(paint(line.words) if paint else line.words)

    def _can_colour(self) -> bool:
        return self.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _read(name: str) -> Document:
    try:
        raw = sys.stdin.buffer.read(LARGEST + 1) if name == STANDARD else _bytes_of(Path(name))
        text = raw.decode("utf-8-sig")
    except OSError as error:
        raise CommandError(f"{name} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise CommandError(f"{name} is not UTF-8.") from None
    if len(raw) > LARGEST:
        raise CommandError(f"{name} has more than {LARGEST // 2**20} MB.")
    return checking.document(text)


def _bytes_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LARGEST + 1)
