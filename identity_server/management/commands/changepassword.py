from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import User
from accounts.services import passwords
from common.actors import SYSTEM
from common.errors import DomainError
from identity_server import administrators, terminal


class Command(BaseCommand):
    help = "Set somebody's password: by the rules, with its event and mail, and her sessions end. In place of Django's own."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        user = User.objects.at_address(options["email"]).filter(is_active=True).first()
        if user is None:
            raise CommandError("There is no active account with that address.")
        try:
            passwords.set_by_operator(user, new=terminal.new_password(), actor=SYSTEM, at=timezone.now())
        except DomainError as refusal:
            raise CommandError(administrators.explained(refusal)) from None
        self.stdout.write(f"{user.email} has a new password, and is signed out everywhere.")
