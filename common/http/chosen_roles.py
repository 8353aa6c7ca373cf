"""Which of her roles somebody who is signed in to our pages has chosen to use: kept in that session of hers, and gone with it."""

from collections.abc import Collection
from uuid import UUID

from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.exceptions import SessionInterrupted
from django.http import HttpRequest

ROLES = "chosen_roles"


def kept(request: HttpRequest) -> frozenset[UUID] | None:
    """None where she has made no choice."""
    chosen = request.session.get(ROLES)
    return None if chosen is None else frozenset(map(UUID, chosen))


def keep(request: HttpRequest, roles: Collection[UUID] | None) -> None:
    """From the next request on. It is written at once, so that it stands or falls with the transaction that tells of it."""
    if roles is None:
        request.session.pop(ROLES, None)
    else:
        request.session[ROLES] = sorted(map(str, roles))
    try:
        request.session.save()
    except UpdateError:
        raise SessionInterrupted("She was signed out meanwhile.") from None
