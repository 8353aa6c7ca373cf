#!/usr/bin/env python
"""Django's command line for this project."""

import gc

# What is loaded stays: there is no garbage to look for yet.
gc.disable()

import os  # noqa: E402
import sys  # noqa: E402
from importlib import import_module  # noqa: E402


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "identity_server.settings")
    # To find none it would read what each installed package says of itself, in every process anew.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    if sys.argv[1:2] == ["up"]:
        # Django would load every app before it, and each part of the server does so again.
        start = import_module("identity_server.starting")
        gc.enable()
        start.main(sys.argv[2:])
    else:
        commands = import_module("django.core.management")
        gc.enable()
        commands.execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
