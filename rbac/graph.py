"""What roles give, with all that they inherit: made once of plain rows, then asked as often as one likes. Pure.

A set of roles is an integer with one bit for each of them, so that to unite two sets is one operation however large they are.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from functools import reduce
from itertools import chain
from operator import or_
from typing import Any
from uuid import UUID

from common.permissions import ANY, EVERYTHING
from rbac import rings

# Whoever asks about ever new permissions must not fill our memory with the answers.
MOST_REMEMBERED = 20_000
# Of roles written out: one that stands above thousands is large.
MOST_WHOLE = 1_000
Links = Mapping[UUID, list[UUID]]


class InheritanceRing(ValueError):
    """Roles that inherit from themselves. Services never let that happen; the data was changed by hand."""

    def __init__(self, rings: Iterable[tuple[str, ...]]) -> None:
        super().__init__("; ".join(" > ".join((*ring, ring[0])) for ring in rings))


class Graph:
    """`rings` names roles that inherit from themselves. Each of them gives what all of its ring give, and no question hangs."""

    def __init__(self, names: Mapping[UUID, str], holding: Mapping[UUID, frozenset[str]], juniors: Links) -> None:
        self.names, self._holding, self._juniors = names, holding, juniors
        circles = rings.circles(juniors)
        self.rings = tuple(tuple(names[role] for role in ring) for ring in _rings(circles, juniors))
        places = {role: place for place, role in enumerate(role for circle in circles for role in circle)}
        self._bits = {role: 1 << place for role, place in places.items()}
        self._roles = list(places)
        self._above = self._bits_above(circles)
        self._holders = self._bits_by_pattern()
        self._giving: dict[str, int] = {}
        self._patterns: dict[UUID, frozenset[str]] = {}
        self._closures: dict[UUID, frozenset[UUID]] = {}
        self._paths: dict[tuple[UUID, str], tuple[str, ...]] = {}

    @classmethod
    def of(
        cls,
        roles: Iterable[tuple[UUID, str]],
        patterns: Iterable[tuple[UUID, str]],
        juniors: Iterable[tuple[UUID, UUID]],
    ) -> Graph:
        """From ids with names, ids with what the role itself holds, and ids of senior with ids of junior roles."""
        names = dict(roles)
        holding: dict[UUID, set[str]] = defaultdict(set)
        for role, pattern in patterns:
            holding[role].add(pattern)
        below: dict[UUID, list[UUID]] = {role: [] for role in names}
        for senior, junior in juniors:
            below[senior].append(junior)
        for links in below.values():
            links.sort(key=names.__getitem__)
        return cls(names, {role: frozenset(held) for role, held in holding.items()}, below)

    def require_no_ring(self) -> None:
        if self.rings:
            raise InheritanceRing(self.rings)

    def knows(self, role: UUID) -> bool:
        return role in self._bits

    def gives(self, role: UUID, permission: str) -> bool:
        """Whether the role, or one that it inherits, holds the name or pattern `permission` or a wildcard that covers it."""
        return bool(self.bits(role) & self.giving(permission))

    def bits(self, role: UUID) -> int:
        """The role as a set of one; nothing for what is no role of this graph."""
        return self._bits.get(role, 0)

    def giving(self, permission: str) -> int:
        """All roles that give it, as bits; `among` reads them."""
        found = self._giving.get(permission)
        if found is None:
            _make_room(self._giving)
            self._giving[permission] = found = self._united(covering(permission))
        return found

    def among(self, roles: int) -> Iterator[UUID]:
        """The roles of a set of bits."""
        while roles:
            lowest = roles & -roles
            yield self._roles[lowest.bit_length() - 1]
            roles ^= lowest

    def patterns(self, role: UUID) -> frozenset[str]:
        """All that it gives, inherited or its own."""
        found = self._patterns.get(role)
        if found is None:
            _make_room(self._patterns, MOST_WHOLE)
            found = frozenset().union(*(self.own_patterns(one) for one in self._walk(role)))
            self._patterns[role] = found
        return found

    def own_patterns(self, role: UUID) -> frozenset[str]:
        return self._holding.get(role, frozenset())

    def closure(self, role: UUID) -> frozenset[UUID]:
        """The role itself and all that it inherits, over however many steps."""
        found = self._closures.get(role)
        if found is None:
            _make_room(self._closures, MOST_WHOLE)
            self._closures[role] = found = frozenset(self._walk(role))
        return found

    def seniors(self, role: UUID) -> frozenset[UUID]:
        """All roles that inherit from it, over however many steps; in a ring it is among them itself."""
        above = self._above.get(role, 0)
        ringed = any(role in self.closure(junior) for junior in self._juniors.get(role, ()))
        return frozenset(self.among(above if ringed else above & ~self._bits.get(role, 0)))

    def juniors(self, role: UUID) -> tuple[UUID, ...]:
        """Those that it inherits directly, by their names."""
        return tuple(self._juniors.get(role, ()))

    def path(self, role: UUID, permission: str) -> tuple[str, ...]:
        """Names from this role down to the nearest one that holds the permission itself; empty where none does."""
        key = (role, permission)
        found = self._paths.get(key)
        if found is None:
            _make_room(self._paths)
            self._paths[key] = found = self._shortest(role, permission)
        return found

    def _shortest(self, role: UUID, permission: str) -> tuple[str, ...]:
        wanted = covering(permission)
        found = next((one for one in self._walk(role) if not wanted.isdisjoint(self.own_patterns(one))), None)
        if found is None:
            return ()
        came_from, path = dict(self._steps(role)), [found]
        while (before := came_from.get(path[-1])) is not None:
            path.append(before)
        return tuple(self.names[one] for one in reversed(path))

    def _walk(self, role: UUID) -> Iterator[UUID]:
        return (one for one, _ in self._steps(role))

    def _steps(self, role: UUID) -> Iterator[tuple[UUID, UUID | None]]:
        """The role and all below it, the nearest first, each with the one from which it was first reached."""
        seen = {role}
        waiting: deque[tuple[UUID, UUID | None]] = deque([(role, None)] if self.knows(role) else [])
        while waiting:
            step = waiting.popleft()
            yield step
            for junior in self._juniors[step[0]]:
                if junior not in seen:
                    seen.add(junior)
                    waiting.append((junior, step[0]))

    def _united(self, patterns: Iterable[str]) -> int:
        return reduce(or_, (self._holders.get(pattern, 0) for pattern in patterns), 0)

    def _bits_above(self, circles: list[list[UUID]]) -> dict[UUID, int]:
        # Seniors come before their juniors, and hand what is above them down to these.
        above = dict(self._bits)
        for circle in circles:
            ours = reduce(or_, (above[role] for role in circle))
            above.update(dict.fromkeys(circle, ours))
            for junior in chain.from_iterable(self._juniors[role] for role in circle):
                above[junior] |= ours
        return above

    def _bits_by_pattern(self) -> dict[str, int]:
        holders: dict[str, int] = defaultdict(int)
        for role, patterns in self._holding.items():
            for pattern in patterns:
                holders[pattern] |= self._above[role]
        return dict(holders)


def covering(wanted: str) -> frozenset[str]:
    """The patterns that give all of `wanted`, which is a name or itself a pattern."""
    resource, _, action = wanted.partition(":")
    return frozenset({wanted, f"{resource}:{ANY}", f"{ANY}:{action}", EVERYTHING})


def _rings(circles: Iterable[list[UUID]], juniors: Links) -> Iterator[list[UUID]]:
    return filter(None, (rings.ring_among(circle, juniors) for circle in circles if _may_ring(circle, juniors)))


def _may_ring(circle: list[UUID], juniors: Links) -> bool:
    return len(circle) > 1 or circle[0] in juniors[circle[0]]


def _make_room(remembered: dict[Any, Any], most: int = MOST_REMEMBERED) -> None:
    if len(remembered) >= most:
        remembered.clear()
