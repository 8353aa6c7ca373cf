"""Whether a proof stands, as all nodes remember it together: found with one round trip, and asked of the database after any change.

Only what stands is remembered. Without a shared cache the database is asked each time.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from django.conf import settings
from django.db import connection

from common import stamps
from rbac import entries
from rbac.lookups import Subject
from rbac.selectors import role_names_in
from rbac.standing import changed, everybody_changed

__all__ = ["Standing", "changed", "everybody_changed", "find"]

NOBODY = Subject(is_active=False, is_superuser=False, policy=None, assigned=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The proof stands until `until`, if nobody changes anything before. `holder` is all that its holder holds.

    So a machine may be let in without being looked up. `chosen` are the roles that a person's session has activated.
    """

    until: datetime | None
    holder: Subject = NOBODY
    chosen: frozenset[UUID] | None = None

    def holds(self, at: datetime) -> bool:
        return self.until is None or at < self.until

    def role_names(self, at: datetime) -> list[str]:
        return role_names_in(self.holder, chosen=self.chosen, at=at)

    def as_entry(self) -> dict[str, Any]:
        chosen = None if self.chosen is None else sorted(map(str, self.chosen))
        return {"until": _text(self.until), "holder": entries.told(self.holder), "chosen": chosen}

    @classmethod
    def of_entry(cls, entry: Mapping[str, Any]) -> Self:
        chosen = None if entry["chosen"] is None else frozenset(map(UUID, entry["chosen"]))
        return cls(until=_time(entry["until"]), holder=entries.heard(entry["holder"]), chosen=chosen)


def find(subject_id: UUID, name: str, *, at: datetime, read: Callable[[], Standing | None]) -> Standing | None:
    """The standing of the subject's proof called `name`: the remembered one if it counts at `at`, else what `read` finds."""
    # In a transaction our own writes count, which may never become true for others.
    if not settings.CACHE_SHARED or connection.in_atomic_block:
        return read()
    seen = stamps.look((str(subject_id), stamps.EVERYBODY), name, Standing.of_entry)
    known = seen.entry if seen else None
    if known and known.holds(at):
        return known
    found = read()
    if found and seen:
        stamps.keep(seen, found.as_entry())
    return found


def _text(time: datetime | None) -> str | None:
    return time.isoformat() if time else None


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
