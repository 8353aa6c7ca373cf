"""May she? Decided from values alone (no query, no clock), with the reason. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from common import permissions, scopes
from rbac.graph import Graph


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A role in somebody's hands: what it gives with all that it inherits, where, when and through which group.

    What it gives says `graph`, or `given` where there is none. Superusers hold everything without an assignment. `bounds` are
    the patterns that the proof she came with is good for. `held_back` names the separation of duty for which the role gives
    nothing at present.
    """

    assignment_id: UUID | None
    role_id: UUID | None
    role: str
    scope: str
    graph: Graph | None = field(default=None, repr=False, compare=False)
    given: frozenset[str] = frozenset()
    group: str | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    bounds: frozenset[str] | None = None
    held_back: str | None = None

    @property
    def is_inborn(self) -> bool:
        return self.assignment_id is None

    @property
    def patterns(self) -> frozenset[str]:
        """All that it gives, cut down to the bounds."""
        ours = self.graph.patterns(self.role_id) if self.graph and self.role_id else self.given
        return ours if self.bounds is None else permissions.met(ours, self.bounds)

    def gives(self, permission: str) -> bool:
        """Whether all of it, which is a name or a pattern."""
        if self.bounds is not None and not _covered(permission, self.bounds):
            return False
        if self.graph and self.role_id:
            return self.graph.gives(self.role_id, permission)
        return _covered(permission, self.given)

    def reaches(self, scope: str) -> bool:
        return scopes.covers(self.scope, scope)

    def has_begun(self, at: datetime) -> bool:
        return self.valid_from is None or self.valid_from <= at

    def is_over(self, at: datetime) -> bool:
        return self.valid_until is not None and self.valid_until <= at

    def stands(self, at: datetime) -> bool:
        return self.has_begun(at) and not self.is_over(at) and self.held_back is None

    def lasts_until(self, end: datetime | None) -> bool:
        return self.valid_until is None or (end is not None and end <= self.valid_until)

    def within(self, bounds: frozenset[str]) -> "Held":
        """What of it is left to a proof that is good for no more than `bounds`."""
        narrower = bounds if self.bounds is None else permissions.met(self.bounds, bounds)
        return replace(self, bounds=narrower)


def _covered(permission: str, by: Iterable[str]) -> bool:
    return any(permissions.covers(pattern, permission) for pattern in by)


OMNIPOTENCE = Held(
    assignment_id=None,
    role_id=None,
    role="superuser",
    scope=scopes.ROOT,
    given=frozenset({permissions.EVERYTHING}),
)


class Cause(StrEnum):
    """Why; the value is part of the API."""

    ASSIGNED = "assigned"
    SUPERUSER = "superuser"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    SEPARATION_OF_DUTY = "separation_of_duty"
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
    Cause.SEPARATION_OF_DUTY: "role {role}, assigned at {at}, would allow {permission}; {separation} holds it back",
    Cause.OUT_OF_SCOPE: "role {role} would allow {permission}; it is assigned only at {at}, not at {scope}",
    Cause.NOT_HELD: "no role held allows {permission}",
    Cause.INACTIVE: "the account is deactivated",
    Cause.UNKNOWN_SUBJECT: "there is no such subject",
    Cause.NOT_A_PERMISSION: "no permission can be called {permission}",
}


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer and its reason. `held` is what allows it or, in a refusal, the nearest miss.

    `path` names the roles from the one that is held down to the one that gives the permission itself.
    """

    allowed: bool
    cause: Cause
    permission: str
    scope: str
    held: Held | None = None
    path: tuple[str, ...] = ()

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
            separation=held.held_back,
        )


def decide(graph: Graph, held: Iterable[Held], permission: str, scope: str, at: datetime) -> Decision:
    """Yes by the assignment that lasts longest; no with the nearest miss: wrong time before wrong place before nothing at all."""
    giving = [one for one in held if one.gives(permission)]
    allowing = [one for one in giving if one.reaches(scope) and one.stands(at)]
    if allowing:
        best = max(allowing, key=_lasting)
        cause = Cause.SUPERUSER if best.is_inborn else Cause.ASSIGNED
        return Decision(True, cause, permission, scope, best, _path(graph, best, permission))
    cause, miss = _nearest_miss(giving, scope, at)
    return Decision(False, cause, permission, scope, miss, _path(graph, miss, permission) if miss else ())


def _path(graph: Graph, held: Held, permission: str) -> tuple[str, ...]:
    return (held.role_id and graph.path(held.role_id, permission)) or (held.role,)


def _lasting(held: Held) -> tuple[bool, float]:
    return (True, 0.0) if held.valid_until is None else (False, held.valid_until.timestamp())


def _nearest_miss(giving: list[Held], scope: str, at: datetime) -> tuple[Cause, Held | None]:
    for one in giving:
        if one.reaches(scope):
            return _untimely(one, at), one
    for one in giving:
        if one.stands(at):
            return Cause.OUT_OF_SCOPE, one
    return Cause.NOT_HELD, None


def _untimely(held: Held, at: datetime) -> Cause:
    if held.is_over(at):
        return Cause.EXPIRED
    return Cause.SEPARATION_OF_DUTY if held.has_begun(at) else Cause.NOT_YET_VALID


def places(held: Iterable[Held], permission: str, at: datetime) -> tuple[str, ...]:
    """The topmost scopes at which it is held."""
    return scopes.topmost(one.scope for one in held if one.gives(permission) and one.stands(at))


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
