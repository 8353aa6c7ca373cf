from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from common.errors import DomainError
from identity_server import administrators, terminal


class Command(BaseCommand):
    help = "Make one more administrator: asks for a password, or prints a link by which she sets her own."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument(
            "--link", action="store_true", help="print a one-time link instead of asking for a password"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        try:
            self._create(options["email"], by_link=options["link"])
        except DomainError as refusal:
            raise CommandError(administrators.explained(refusal)) from None

    def _create(self, email: str, *, by_link: bool) -> None:
        if by_link:
            welcome = administrators.create_with_link(email, at=timezone.now())
            self.stdout.write(f"{welcome.email} is an administrator. She sets her password at {welcome.link}")
            return
        user = administrators.create(email, password=terminal.new_password(), at=timezone.now())
        self.stdout.write(f"{user.email} is an administrator.")
