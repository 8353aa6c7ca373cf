"""Roles that inherit, as links from each to those below it: what is reached, by which way, how deep. Pure."""

from collections import deque
from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

Links = Mapping[UUID, Collection[UUID]]


def reached(links: Links, start: Iterable[UUID]) -> frozenset[UUID]:
    """All that the links lead to, and where they start."""
    found = set(start)
    ahead = list(found)
    while ahead:
        new = set(links.get(ahead.pop(), ())) - found
        found |= new
        ahead.extend(new)
    return frozenset(found)


def way(links: Links, start: UUID, end: UUID) -> tuple[UUID, ...]:
    """A shortest way from `start` to `end`, both told; empty where there is none."""
    came_from: dict[UUID, UUID] = {start: start}
    ahead = deque([start])
    while ahead and end not in came_from:
        here = ahead.popleft()
        for there in links.get(here, ()):
            if there not in came_from:
                came_from[there] = here
                ahead.append(there)
    return _retraced(came_from, start, end) if end in came_from else ()


def depth(links: Links, start: Iterable[UUID]) -> int:
    """How many links the longest way has that begins there. Of a ring, which has no such number, more than there are roles."""
    below = {there for here in start for there in links.get(here, ())}
    found = 0
    while below and found <= len(links):
        found += 1
        below = {there for here in below for there in links.get(here, ())}
    return found


def _retraced(came_from: Mapping[UUID, UUID], start: UUID, end: UUID) -> tuple[UUID, ...]:
    steps = [end]
    while steps[-1] != start:
        steps.append(came_from[steps[-1]])
    return tuple(reversed(steps))
