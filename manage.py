#!/usr/bin/env python
"""Django's command line for this project."""

import os
import sys

from django.core.management import execute_from_command_line

from identity_server.management.commands import up


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "identity_server.settings")
    if sys.argv[1:2] == ["up"]:
        # Django would load every app before it, and each part of the server does so again.
        up.Command().run_from_argv(sys.argv)
    else:
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
