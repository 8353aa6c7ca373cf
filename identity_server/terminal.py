"""What commands ask of whoever sits at the terminal."""

import getpass

from django.core.management.base import CommandError


def new_password() -> str:
    """Asked for twice. From the terminal only: an argument or a variable would stay in the shell's history or the process table."""
    try:
        password = getpass.getpass("Password: ")
        again = getpass.getpass("The same again: ")
    except (EOFError, KeyboardInterrupt):
        raise CommandError("No password was given.") from None
    if password != again:
        raise CommandError("These were two different passwords.")
    return password
