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

# What an entry tells, for as long as it is the same object; so it need not be read each time.
MOST_READ = 20_000
_read: dict[UUID, tuple[Mapping[str, Any], Subject]] = {}


def subject(kind: ActorKind, who: UUID) -> Subject | None:
    """As things are now; None where there is nobody of that kind and id."""
    # In a transaction our own writes count, which may never become true for others.
    if not settings.CACHE_SHARED or connection.in_atomic_block:
        return lookups.subject(kind, who)
    name = str(who)
    look = stamps.look([name, stamps.EVERYBODY], f"{kind.value}:{name}")
    if look and look.entry and (told := _told(who, look.entry)):
        return told
    found = lookups.subject(kind, who)
    if look and found:
        _keep({who: look}, {who: found})
    return found


def subjects(kind: ActorKind, whom: Collection[UUID]) -> dict[UUID, Subject]:
    """As `subject`, of many; those that are not there are missing."""
    if not settings.CACHE_SHARED or connection.in_atomic_block:
        return asked(kind, whom)
    seen = stamps.look_at([([str(who), stamps.EVERYBODY], f"{kind.value}:{who}") for who in whom])
    if seen is None:
        return asked(kind, whom)
    looks = dict(zip(whom, seen, strict=True))
    known = {who: told for who, look in looks.items() if look.entry and (told := _told(who, look.entry))}
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


def _told(who: UUID, entry: Mapping[str, Any]) -> Subject | None:
    known = _read.get(who)
    if known and known[0] is entry:
        return known[1]
    try:
        told = entries.heard(entry["held"])
    except (KeyError, TypeError, ValueError):
        # Written by another release of this server.
        return None
    if len(_read) >= MOST_READ:
        _read.clear()
    _read[who] = (entry, told)
    return told


def _keep(looks: Mapping[UUID, Look], found: Mapping[UUID, Subject]) -> None:
    stamps.keep_all([(looks[who], {"held": entries.told(one)}) for who, one in found.items() if one.is_active])
