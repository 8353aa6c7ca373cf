"""`up` among Django's commands, for who lists or calls them. `manage.py up` itself needs no Django (`identity_server.starting`)."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from identity_server import starting


class Command(BaseCommand):
    requires_system_checks = ()
    help = starting.HELP

    def add_arguments(self, parser: ArgumentParser) -> None:
        starting.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        try:
            starting.run(options["parts"], set_up=not options["no_setup"], say=self.stdout.write)
        except starting.CannotStart as refusal:
            raise CommandError(str(refusal)) from None
