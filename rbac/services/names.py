"""Roles, groups and separations of duty are named alike: in lower case with dashes, and never as an id."""

import re
from uuid import UUID

from common.errors import FieldError, Invalid

NAME = re.compile(r"[a-z][a-z0-9]*([_-][a-z0-9]+)*")
LONGEST = 80


def checked(name: str, refusal: type[Invalid]) -> str:
    if NAME.fullmatch(name) and len(name) <= LONGEST and not _is_id(name):
        return name
    fault = f"{refusal.title}, such as invoice-clerk: letters and digits, with dashes between them."
    raise refusal(fault, errors=[FieldError("name", refusal.code, fault)])


def _is_id(name: str) -> bool:
    # Where one of these is wanted its id or its name may be given, so no name may pass for an id.
    try:
        UUID(name)
    except ValueError:
        return False
    return True
