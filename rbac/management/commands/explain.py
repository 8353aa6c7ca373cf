from argparse import ArgumentParser
from datetime import datetime
from typing import Any, NoReturn
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from accounts.models import ServiceAccount, User
from common import permissions, scopes
from common.actors import ActorKind
from common.errors import InvalidScope
from rbac import explaining, selectors
from rbac.models import Permission
from rbac.selectors import Holder

DENIED, WRONG_CALL = 1, 2


class Command(BaseCommand):
    help = (
        "Why somebody may do something, or may not. Ends with 0 if she may, 1 if she may not, 2 if the call is wrong."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", help="a person by address or id, or a service account by name or id")
        parser.add_argument("permission", help="such as invoice:approve")
        parser.add_argument("--scope", default=scopes.ROOT, help="where, such as /acme/eu; / without it")
        parser.add_argument(
            "--at", help="when, such as 2030-01-01T12:00:00Z, by what is assigned today; now without it"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        holder, permission, scope = _holder(options["user"]), options["permission"], _scope(options["scope"])
        if not permissions.is_name(permission):
            _wrong(f"A permission is named resource:action, such as invoice:approve, and not {permission!r}.")
        at = _moment(options["at"])
        decision = selectors.may(holder, permission, scope=scope, at=at)
        verdict = "may" if decision else "may not"
        self.stdout.write(f"{holder} {verdict} {permission} at {scope}: {explaining.sentence(decision, at=at)}.")
        if not Permission.objects.filter(name=permission).exists():
            self.stdout.write(f"Nobody has declared {permission}; is it spelled so?")
        if not decision:
            raise SystemExit(DENIED)


def _holder(text: str) -> Holder:
    try:
        found = _of_id(UUID(text))
    except ValueError:
        found = User.objects.at_address(text).first() if "@" in text else None
        found = found or ServiceAccount.objects.filter(name=text).first()
    return found or _wrong(f"There is no person and no service account {text!r}.")


def _of_id(holder_id: UUID) -> Holder | None:
    person = selectors.holder_of(ActorKind.USER, holder_id)
    return person or selectors.holder_of(ActorKind.SERVICE_ACCOUNT, holder_id)


def _scope(text: str) -> str:
    try:
        return scopes.checked(text)
    except InvalidScope as fault:
        _wrong(fault.detail)


def _moment(text: str | None) -> datetime:
    if text is None:
        return timezone.now()
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None or timezone.is_naive(found):
        _wrong(f"{text!r} is no time with its zone, such as 2030-01-01T12:00:00Z.")
    return found


def _wrong(fault: str) -> NoReturn:
    raise CommandError(fault, returncode=WRONG_CALL)
