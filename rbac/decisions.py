"""May she? Decided from values alone (no query, no clock), with the reason. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from common import permissions
from rbac import scopes


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A role in somebody's hands: what it gives, where and when. Superusers hold everything without an assignment."""

    assignment_id: UUID | None
    role: str
    scope: str
    patterns: frozenset[str]
    valid_from: datetime | None = None
    valid_until: datetime | None = None

    @property
    def is_inborn(self) -> bool:
        return self.assignment_id is None

    def gives(self, permission: str) -> bool:
        return any(permissions.covers(pattern, permission) for pattern in self.patterns)

    def reaches(self, scope: str) -> bool:
        return scopes.covers(self.scope, scope)

    def has_begun(self, at: datetime) -> bool:
        return self.valid_from is None or self.valid_from <= at

    def is_over(self, at: datetime) -> bool:
        return self.valid_until is not None and self.valid_until <= at

    def stands(self, at: datetime) -> bool:
        return self.has_begun(at) and not self.is_over(at)

    def lasts_until(self, end: datetime | None) -> bool:
        return self.valid_until is None or (end is not None and end <= self.valid_until)

    def within(self, bounds: frozenset[str]) -> "Held":
        """What of it is left to a proof that is good for no more than `bounds`."""
        both = (permissions.meet(pattern, bound) for pattern in self.patterns for bound in bounds)
        return replace(self, patterns=frozenset(pattern for pattern in both if pattern))


OMNIPOTENCE = Held(
    assignment_id=None, role="superuser", scope=scopes.ROOT, patterns=frozenset({permissions.EVERYTHING})
)


class Cause(StrEnum):
    """Why; the value is part of the API."""

    ASSIGNED = "assigned"
    SUPERUSER = "superuser"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    OUT_OF_SCOPE = "out_of_scope"
    NOT_HELD = "not_held"
    INACTIVE = "inactive"
    UNKNOWN_SUBJECT = "unknown_subject"
    NOT_A_PERMISSION = "not_a_permission"


SENTENCES = {
    Cause.ASSIGNED: "role {role}, assigned at {at}, allows {permission} at {scope} {until}",
    Cause.SUPERUSER: "a superuser may do everything",
    Cause.EXPIRED: "role {role}, assigned at {at}, would allow {permission}; the assignment ended at {end}",
    Cause.NOT_YET_VALID: "role {role}, assigned at {at}, would allow {permission}; the assignment begins at {begin}",
    Cause.OUT_OF_SCOPE: "role {role} would allow {permission}; it is assigned only at {at}, not at {scope}",
    Cause.NOT_HELD: "no role held allows {permission}",
    Cause.INACTIVE: "the account is deactivated",
    Cause.UNKNOWN_SUBJECT: "there is no such subject",
    Cause.NOT_A_PERMISSION: "no permission can be called {permission}",
}


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer and its reason. `held` is what allows it or, in a refusal, the nearest miss."""

    allowed: bool
    cause: Cause
    permission: str
    scope: str
    held: Held | None = None

    def __bool__(self) -> bool:
        return self.allowed

    @property
    def because(self) -> str:
        held = self.held or OMNIPOTENCE
        until = f"until {held.valid_until.isoformat()}" if held.valid_until else "without an end"
        return SENTENCES[self.cause].format(
            role=held.role,
            at=held.scope,
            until=until,
            begin=held.valid_from and held.valid_from.isoformat(),
            end=held.valid_until and held.valid_until.isoformat(),
            permission=self.permission,
            scope=self.scope,
        )


def decide(held: Iterable[Held], permission: str, scope: str, at: datetime) -> Decision:
    """Yes by the assignment that lasts longest; no with the nearest miss: wrong time before wrong place before nothing at all."""
    giving = [one for one in held if one.gives(permission)]
    allowing = [one for one in giving if one.reaches(scope) and one.stands(at)]
    if allowing:
        best = max(allowing, key=_lasting)
        cause = Cause.SUPERUSER if best.is_inborn else Cause.ASSIGNED
        return Decision(True, cause, permission, scope, best)
    cause, miss = _nearest_miss(giving, scope, at)
    return Decision(False, cause, permission, scope, miss)


def _lasting(held: Held) -> tuple[bool, float]:
    return (True, 0.0) if held.valid_until is None else (False, held.valid_until.timestamp())


def _nearest_miss(giving: list[Held], scope: str, at: datetime) -> tuple[Cause, Held | None]:
    for one in giving:
        if one.reaches(scope):
            return (Cause.EXPIRED if one.is_over(at) else Cause.NOT_YET_VALID), one
    for one in giving:
        if one.stands(at):
            return Cause.OUT_OF_SCOPE, one
    return Cause.NOT_HELD, None


def exceeding(
    patterns: Iterable[str], *, scope: str, until: datetime | None, held: Iterable[Held], at: datetime
) -> list[str]:
    """Which of `patterns` somebody cannot hand out at `scope` up to `until`: he does not hold them there, or not so long."""
    able = [one for one in held if one.stands(at) and one.reaches(scope) and one.lasts_until(until)]
    return sorted(pattern for pattern in patterns if not any(one.gives(pattern) for one in able))


def above(theirs: Iterable[Held], ours: Iterable[Held], at: datetime, *, counts: Callable[[str], bool]) -> list[str]:
    """What they hold, now or soon, that we do not hold now: who holds any of it that `counts` outranks us.

    Superusers outrank all others.
    """
    theirs, ours = list(theirs), list(ours)
    if any(one.is_inborn for one in theirs) and not any(one.is_inborn for one in ours):
        return [permissions.EVERYTHING]
    mine = [one for one in ours if one.stands(at)]
    missing = (
        exceeding(filter(counts, one.patterns), scope=one.scope, until=at, held=mine, at=at)
        for one in theirs
        if not one.is_over(at)
    )
    return sorted({pattern for patterns in missing for pattern in patterns})
