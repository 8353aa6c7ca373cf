"""Whether a proof stands, as all nodes remember it together: found with one round trip, and asked of the database after any change.

Only what stands is remembered. Without a shared cache the database is asked each time.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple, Self
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from common.actors import SYSTEM
from events.bus import publish
from rbac.decisions import Held
from tokens import stamps
from tokens.events import StandingUntold


class HeldRole(NamedTuple):
    """A role that somebody holds everywhere, and between which times."""

    name: str
    valid_from: datetime | None = None
    valid_until: datetime | None = None

    def stands(self, at: datetime) -> bool:
        begun = self.valid_from is None or self.valid_from <= at
        return begun and (self.valid_until is None or self.valid_until > at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The proof stands until `until`, if nobody changes anything before. `roles` are sorted by their names.

    `held` is all that a machine holds, so that it may be let in without being looked up; of people it is not read.
    """

    until: datetime | None
    roles: tuple[HeldRole, ...] = ()
    held: tuple[Held, ...] = ()

    def holds(self, at: datetime) -> bool:
        return self.until is None or at < self.until

    def role_names(self, at: datetime) -> list[str]:
        return [role.name for role in self.roles if role.stands(at)]

    def as_entry(self) -> dict[str, Any]:
        return {
            "until": _text(self.until),
            "roles": [[role.name, _text(role.valid_from), _text(role.valid_until)] for role in self.roles],
            "held": [_told(one) for one in self.held],
        }

    @classmethod
    def of_entry(cls, entry: dict[str, Any]) -> Self:
        roles = (HeldRole(name, _time(begin), _time(end)) for name, begin, end in entry["roles"])
        return cls(until=_time(entry["until"]), roles=tuple(roles), held=tuple(map(_heard, entry["held"])))


def find(subject_id: UUID, name: str, *, at: datetime, read: Callable[[], Standing | None]) -> Standing | None:
    """The standing of the subject's proof called `name`: the remembered one if it counts at `at`, else what `read` finds."""
    # In a transaction our own writes count, which may never become true for others.
    if not settings.CACHE_SHARED or connection.in_atomic_block:
        return read()
    seen = stamps.look([str(subject_id), stamps.EVERYBODY], name)
    known = _known(seen.entry) if seen and seen.entry else None
    if known and known.holds(at):
        return known
    found = read()
    if found and seen:
        stamps.keep(seen, found.as_entry())
    return found


def _known(entry: dict[str, Any]) -> Standing | None:
    try:
        return Standing.of_entry(entry)
    except (KeyError, TypeError, ValueError):
        # Written by another release of this server.
        return None


def changed(*subject_ids: UUID) -> None:
    """What proofs of these people or machines are worth changes with this transaction. A Redis that is away does not undo it."""
    _changing([str(subject) for subject in subject_ids])


def everybody_changed() -> None:
    """As `changed`, of something on which everybody's proofs rest: the keys, what a role gives."""
    _changing([stamps.EVERYBODY])


keys_changed = everybody_changed


def forget_everybody() -> bool:
    """For changes that were committed some time ago. False where that could not be told."""
    return not settings.CACHE_SHARED or stamps.end([stamps.EVERYBODY], uuid4().hex)


def _changing(names: list[str]) -> None:
    if not names or not settings.CACHE_SHARED:
        return
    change = uuid4().hex
    if not stamps.begin(names, change):
        # If we are cut off and others are not, a worker may reach it.
        publish(StandingUntold(subject_id=UUID(change)), actor=SYSTEM, at=timezone.now())
    transaction.on_commit(partial(stamps.end, names, change), robust=True)


def _told(held: Held) -> list[Any]:
    times = [_text(held.valid_from), _text(held.valid_until)]
    return [str(held.assignment_id), held.role, held.scope, sorted(held.patterns), *times]


def _heard(told: list[Any]) -> Held:
    assignment, role, scope, patterns, begin, end = told
    return Held(
        assignment_id=UUID(assignment),
        role=role,
        scope=scope,
        patterns=frozenset(patterns),
        valid_from=_time(begin),
        valid_until=_time(end),
    )


def _text(time: datetime | None) -> str | None:
    return time.isoformat() if time else None


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
