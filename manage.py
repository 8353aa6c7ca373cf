#!/usr/bin/env python
"""Django's command line for this project."""

import gc

# What is loaded stays: there is no garbage to look for yet.
gc.disable()

import os  # noqa: E402
import sys  # noqa: E402

from django.core.management import execute_from_command_line  # noqa: E402

from identity_server.management.commands import up  # noqa: E402


def main() -> None:
    gc.enable()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "identity_server.settings")
    if sys.argv[1:2] == ["up"]:
        # Django would load every app before it, and each part of the server does so again.
        up.Command().run_from_argv(sys.argv)
    else:
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
