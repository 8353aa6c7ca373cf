"""Separation of duty: who has more roles of a set than it leaves to one, and what then gives nothing. Pure.

Roles are told with all that they come to: each with those that it inherits, itself included.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

Closures = Mapping[UUID, Collection[UUID]]

# What holds back a role that a session has left out; no separation can be called so.
CHOICE = "the choice of roles in this session"


@dataclass(frozen=True, slots=True, kw_only=True)
class Separation:
    """Of `roles` one may have no more than `limit`."""

    name: str
    roles: frozenset[UUID]
    limit: int


class Exceeded(NamedTuple):
    separation: Separation
    roles: frozenset[UUID]


def exceeded(sets: Iterable[Separation], held: Closures) -> list[Exceeded]:
    """The sets of which `held` comes to more roles than they leave to one, with those roles."""
    counted = frozenset(role for closure in held.values() for role in closure)
    met = (Exceeded(one, one.roles & counted) for one in sets)
    return [found for found in met if len(found.roles) > found.separation.limit]


def held_back(sets: Iterable[Separation], held: Closures, activated: Collection[UUID] | None) -> dict[UUID, str]:
    """Of the roles held those that give nothing at present, and for which dynamic separation.

    A session that has made no choice (None) has all roles active; of a set that this exceeds it has none. In a session that has
    chosen, the others give nothing; nor do the chosen ones where a set has become stricter since.
    """
    active = {role: closure for role, closure in held.items() if activated is None or role in activated}
    back = dict.fromkeys(held.keys() - active.keys(), CHOICE)
    for found in exceeded(sets, active):
        name = found.separation.name
        back |= {role: name for role, closure in active.items() if not found.roles.isdisjoint(closure)}
    return back
