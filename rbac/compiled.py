"""The roles as this process has compiled them: once for each stamp of the policy, since then nothing of them has changed.

A graph that was read in a transaction is kept as well. So whoever changes a role gives the policy a new stamp right after, and
asks nothing in between: else what he wrote would be remembered under a stamp that others know for something else.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any
from uuid import UUID

from django.db.models import CharField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Concat

from common.statements import Listed, Question
from rbac.graph import Graph
from rbac.models import Policy, Role, RoleInheritance, RolePermission, SeparatedRole, SeparationKind
from rbac.separation import Separation

# One that is in force, and one of a change that is about to be: two that alternate must not push each other out.
MOST_KEPT = 2
# For others to finish the same graph. Then this thread makes its own: theirs may wait for a connection that we hold.
WAIT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Compiled:
    """`stamp` is the one under which the roles were read; None where there are none. `apart` are the dynamic separations."""

    stamp: UUID | None
    graph: Graph
    apart: tuple[Separation, ...] = ()


@dataclass(slots=True)
class Memory:
    kept: tuple[Compiled, ...] = ()
    building: Lock = field(default_factory=Lock)


_memory = Memory()
EMPTY = Compiled(None, Graph.of((), (), ()))


def forget() -> None:
    """For tests, which write what they like, and whose rows go with each of them."""
    _memory.kept = ()


def graph(stamp: UUID | None = None) -> Graph:
    """What the roles give: as of that stamp or later, or else as it is now."""
    if stamp is None:
        stamp = Policy.objects.values_list("stamp", flat=True).first()
    return under(stamp).graph


def at_hand() -> Graph:
    """The last that this process has compiled, without asking whether it still is so: for hints, and never for decisions."""
    return _memory.kept[0].graph if _memory.kept else graph()


def under(stamp: UUID | None) -> Compiled:
    """The roles as of that stamp or, if there has been a change since, as of a later one: whoever minds compares the two."""
    known = _known(stamp)
    if known:
        return known
    has_turn = _memory.building.acquire(timeout=WAIT_SECONDS)
    try:
        # Somebody else may have built it while we waited.
        return _known(stamp) or _keep(_read())
    finally:
        if has_turn:
            _memory.building.release()


def _known(stamp: UUID | None) -> Compiled | None:
    if stamp is None:
        return None
    return next((one for one in _memory.kept if one.stamp == stamp), None)


def _keep(made: Compiled) -> Compiled:
    if made.stamp is not None:
        _memory.kept = (made, *_memory.kept)[:MOST_KEPT]
    return made


def _roles() -> QuerySet[Role, Any]:
    """All roles in one statement: what it sees was true at one moment, and the stamp says which."""
    here = OuterRef("pk")
    held: Any = RolePermission.objects.filter(role=here).order_by().values("role")
    below: Any = RoleInheritance.objects.filter(senior=here).order_by().values("senior")
    stamp = Policy.objects.values("stamp")
    named = Concat("separation__name", Value(" "), Cast("separation__limit", CharField()))
    apart: Any = (
        SeparatedRole.objects.filter(role=here, separation__kind=SeparationKind.DYNAMIC).order_by().values("role")
    )
    return Role.objects.order_by().values_list(
        "id",
        "name",
        Subquery(held.annotate(all=Listed("pattern")).values("all")),
        Subquery(below.annotate(all=Listed("junior")).values("all")),
        Subquery(apart.annotate(all=Listed(named)).values("all")),
        Subquery(stamp),
    )


ROLES = Question(_roles)


def _read() -> Compiled:
    rows = ROLES.rows()
    if not rows:
        return EMPTY
    roles = ((role, name) for role, name, *_ in rows)
    held = ((role, pattern) for role, _, patterns, *_ in rows for pattern in patterns or ())
    below = ((senior, UUID(junior)) for senior, _, _, juniors, *_ in rows for junior in juniors or ())
    return Compiled(rows[0][-1], Graph.of(roles, held, below), _apart((role, sets) for role, *_, sets, _ in rows))


def _apart(rows: Iterable[tuple[UUID, list[str] | None]]) -> tuple[Separation, ...]:
    roles: dict[str, set[UUID]] = defaultdict(set)
    for role, sets in rows:
        for named in sets or ():
            roles[named].add(role)
    return tuple(_separation(named, roles[named]) for named in sorted(roles))


def _separation(named: str, roles: set[UUID]) -> Separation:
    name, limit = named.split(" ")
    return Separation(name=name, roles=frozenset(roles), limit=int(limit))
