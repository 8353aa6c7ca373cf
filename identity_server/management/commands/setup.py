from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError
from django.utils import timezone

from common.errors import DomainError
from identity_server import bootstrap, turns


class Command(BaseCommand):
    help = "Do what `up` does first: migrate and bootstrap, of servers that start together one at a time."

    def handle(self, *args: Any, **options: Any) -> None:
        del args, options
        try:
            with turns.my_turn():
                call_command("migrate", interactive=False, verbosity=0)
                welcome = bootstrap.run(keep_password=True, at=timezone.now())
        except OperationalError as error:
            raise CommandError(f"The database does not answer: {str(error).partition(chr(10))[0]}") from None
        except DomainError as refusal:
            raise CommandError(bootstrap.words_against(refusal)) from None
        self.stdout.write(bootstrap.words_for(welcome))
