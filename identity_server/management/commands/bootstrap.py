from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from common.errors import DomainError
from identity_server import bootstrap


class Command(BaseCommand):
    help = "Make what a server needs: signing key, built-in roles, schedules, first administrator. Safe to run again."

    def handle(self, *args: Any, **options: Any) -> None:
        del args, options
        try:
            # On many machines the password's file would lie where nobody looks; there she gets a link.
            welcome = bootstrap.run(keep_password=settings.EMBEDDED, at=timezone.now())
        except DomainError as refusal:
            raise CommandError(bootstrap.words_against(refusal)) from None
        if words := bootstrap.words_for(welcome):
            self.stdout.write(words)
