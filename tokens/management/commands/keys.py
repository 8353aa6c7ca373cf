import json
from argparse import ArgumentParser
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from common.actors import Actor, ActorKind
from common.errors import DomainError
from tokens import key_watch
from tokens.key_life import Overdue
from tokens.key_watch import Standing
from tokens.services import keys, resealing

ACTOR = Actor(kind=ActorKind.SYSTEM, label="keys")
HEADINGS = ("KID", "ALGORITHM", "STATE", "AGE", "SIGNS SINCE", "VERIFIES UNTIL", "NEXT STEP")


class Command(BaseCommand):
    help = "Look after the signing keys: how they stand, the next ones in their place, a newer ENCRYPTION_KEYS."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="status|rotate|reseal")
        status = actions.add_parser("status", help="each key and what comes next; ends with 1 where something is wrong")
        status.add_argument("--json", action="store_true", help="for programs")
        rotate = actions.add_parser("rotate", help="publish the next keys, which sign in a few minutes")
        rotate.add_argument("--algorithm", choices=settings.SIGNING_ALGORITHMS, help="only its key")
        rotate.add_argument("--emergency", action="store_true", help="remove every key now: every token dies")
        rotate.add_argument("--yes", action="store_true", help="with --emergency: yes, sign everybody out")
        rotate.add_argument("--reencrypt", action="store_true", help="reseal as well")
        actions.add_parser("reseal", help="put the keys under the first of ENCRYPTION_KEYS")

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        act = {"status": self._status, "rotate": self._rotate, "reseal": self._reseal}[options["action"]]
        try:
            act(options, timezone.now())
        except DomainError as refusal:
            raise CommandError(refusal.detail) from None

    def _status(self, options: Mapping[str, Any], now: datetime) -> None:
        standings, late = list(key_watch.standings()), key_watch.overdue(at=now)
        if options["json"]:
            self.stdout.write(_as_json(standings, late, now))
        else:
            self.stdout.write("\n".join(_as_table(standings, now)))
        closed = [each.kid for each in standings if not each.is_readable]
        complaints = [key_watch.words_for(late)] if late else []
        complaints += [f"None of ENCRYPTION_KEYS opens {', '.join(closed)}."] if closed else []
        if complaints:
            raise CommandError(" ".join(complaints))

    def _rotate(self, options: Mapping[str, Any], now: datetime) -> None:
        emergency = options["emergency"]
        if emergency and not options["yes"]:
            raise CommandError("This ends every token and signs everybody out at once. If that is wanted, add --yes.")
        made = {key.kid for key in keys.renew(algorithm=options["algorithm"], emergency=emergency, actor=ACTOR, at=now)}
        for each in key_watch.standings():
            if each.kid in made:
                self.stdout.write(f"{each.algorithm} {each.kid} is {each.state}; {_next(each, now)}.")
        if emergency:
            self.stdout.write("Every other key is gone, and every token that it signed is dead.")
        if options["reencrypt"]:
            self._reseal(options, now)

    def _reseal(self, options: Mapping[str, Any], now: datetime) -> None:
        del options, now
        found = resealing.reseal_all()
        self.stdout.write(f"{found.done} keys were put under the first of ENCRYPTION_KEYS.")
        if found.unreadable:
            raise CommandError(f"None of ENCRYPTION_KEYS opens {', '.join(found.unreadable)}.")


def _as_json(standings: Iterable[Standing], late: Mapping[str, Overdue], now: datetime) -> str:
    rows = [asdict(each) | {"age_seconds": int((now - each.created_at).total_seconds())} for each in standings]
    return json.dumps({"keys": rows, "overdue": late}, cls=DjangoJSONEncoder, indent=2)


def _as_table(standings: Iterable[Standing], now: datetime) -> Iterable[str]:
    rows = [HEADINGS, *(_row(each, now) for each in standings)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)


def _row(each: Standing, now: datetime) -> tuple[str, ...]:
    age, since, until = _age(now - each.created_at), _time(each.signs_since), _time(each.verifies_until)
    return (each.kid, each.algorithm, each.state, age, since, until, _next(each, now))


def _next(each: Standing, now: datetime) -> str:
    return f"{each.next_step} {'now' if each.next_at <= now else f'at {_time(each.next_at)}'}"


def _time(at: datetime | None) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}" if at else "-"


def _age(age: timedelta) -> str:
    hours, seconds = divmod(age.seconds, 3600)
    return f"{age.days}d {hours}h" if age.days else f"{hours}h {seconds // 60}m"
