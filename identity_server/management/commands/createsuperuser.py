from typing import Any

from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Leads to create_admin, which also gives the role and leaves the events."

    def handle(self, *args: Any, **options: Any) -> None:
        del args, options
        raise CommandError("Here it is `manage.py create_admin EMAIL`.")
