"""What the feed has said: a value that is never changed in place, so that a request reads it without a lock."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from identity_client.claims import Claims, identifier
from identity_client.errors import VerifierUnavailable

SESSION, SUBJECT, SIGNING_KEY = "session", "subject", "signing_key"
# An entry is kept a little longer than it says, for clocks that differ from the server's.
MARGIN = 60


@dataclass(frozen=True, slots=True)
class Entry:
    """What is dead, and until when that matters. Of a subject, only what was issued before `not_before` is."""

    kind: str
    name: str
    expires_at: float
    not_before: float = math.inf

    def joined(self, earlier: Self | None) -> Self:
        """Of two that name the same, the one that kills more, for longer. The feed repeats itself, in any order."""
        if earlier is None:
            return self
        expires_at = max(self.expires_at, earlier.expires_at)
        return type(self)(self.kind, self.name, expires_at, max(self.not_before, earlier.not_before))


@dataclass(frozen=True, slots=True)
class Revocations:
    entries: Mapping[tuple[str, str], Entry] = field(default_factory=dict)

    def joined(self, news: Iterable[Entry]) -> "Revocations":
        entries = dict(self.entries)
        for entry in news:
            named = (entry.kind, entry.name)
            entries[named] = entry.joined(entries.get(named))
        return Revocations(entries)

    def pruned(self, *, now: float) -> "Revocations":
        return Revocations({named: entry for named, entry in self.entries.items() if entry.expires_at + MARGIN > now})

    def kill_key(self, kid: str) -> bool:
        return (SIGNING_KEY, kid) in self.entries

    def kill(self, claims: Claims, *, kid: str) -> bool:
        of_subject = self.entries.get((SUBJECT, claims.subject))
        return (
            (SESSION, claims.session_id) in self.entries
            or self.kill_key(kid)
            or (of_subject is not None and claims.issued_at < of_subject.not_before)
        )


def entries_in(results: object) -> list[Entry]:
    """The entries of one page. Types that we do not know are skipped; one that we know and cannot read spoils the page."""
    if not isinstance(results, list):
        raise VerifierUnavailable("The feed of revocations cannot be read.")
    try:
        return [READERS[found["type"]](found) for found in results if found["type"] in READERS]
    except (KeyError, TypeError, ValueError, OverflowError):
        raise VerifierUnavailable("An entry in the feed of revocations cannot be read.") from None


def _session(found: Mapping[str, Any]) -> Entry:
    return Entry(SESSION, identifier(found["sid"]), _time(found["expires_at"]))


def _subject(found: Mapping[str, Any]) -> Entry:
    # `iat` counts whole seconds: who signs in again in the second of the sign-out must not be shut out.
    not_before = math.floor(_time(found["not_before"]))
    return Entry(SUBJECT, identifier(found["sub"]), _time(found["expires_at"]), not_before)


def _signing_key(found: Mapping[str, Any]) -> Entry:
    if not isinstance(found["kid"], str):
        raise TypeError("not a string")
    return Entry(SIGNING_KEY, found["kid"], _time(found["expires_at"]))


READERS = {SESSION: _session, SUBJECT: _subject, SIGNING_KEY: _signing_key}


def _time(said: str) -> float:
    found = datetime.fromisoformat(said)
    if found.tzinfo is None:
        raise ValueError("a time of no zone")
    return found.timestamp()
