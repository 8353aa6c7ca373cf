"""What nodes remember together of what somebody holds: one round trip, and no question to the database until something changes.

Only those who are let in are remembered. In a transaction, and without a shared cache, the database is asked each time.
"""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection

from common import stamps
from common.actors import ActorKind
from common.stamps import Look
from rbac import entries, lookups
from rbac.lookups import Subject


def subject(kind: ActorKind, who: UUID) -> Subject | None:
    """As things are now; None where there is nobody of that kind and id."""
    # In a transaction our own writes count, which may never become true for others.
    if not settings.CACHE_SHARED or connection.in_atomic_block:
        return lookups.subject(kind, who)
    name = str(who)
    look = stamps.look((name, stamps.EVERYBODY), f"{kind}:{name}", _held_in)
    if look and look.entry:
        return look.entry
    found = lookups.subject(kind, who)
    if look and found:
        _keep({who: look}, {who: found})
    return found


def subjects(kind: ActorKind, whom: Collection[UUID]) -> dict[UUID, Subject]:
    """As `subject`, of many; those that are not there are missing."""
    if not settings.CACHE_SHARED or connection.in_atomic_block:
        return asked(kind, whom)
    seen = stamps.look_at([((str(who), stamps.EVERYBODY), f"{kind}:{who}") for who in whom], _held_in)
    if seen is None:
        return asked(kind, whom)
    looks = dict(zip(whom, seen, strict=True))
    known = {who: look.entry for who, look in looks.items() if look.entry}
    if len(known) == len(looks):
        return known
    found = asked(kind, looks.keys() - known.keys())
    _keep(looks, found)
    return known | found


def asked(kind: ActorKind, whom: Collection[UUID]) -> dict[UUID, Subject]:
    """As the database says."""
    if len(whom) > 1:
        return lookups.subjects(kind, whom)
    found = ((who, lookups.subject(kind, who)) for who in whom)
    return {who: one for who, one in found if one}


def _held_in(entry: Mapping[str, Any]) -> Subject:
    return entries.heard(entry["held"])


def _keep(looks: Mapping[UUID, Look[Subject]], found: Mapping[UUID, Subject]) -> None:
    stamps.keep_all([(looks[who], {"held": entries.told(one)}) for who, one in found.items() if one.is_active])
