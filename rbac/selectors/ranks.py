"""Who stands above whom, and what somebody can hand out."""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from common import scopes
from common.actors import Actor
from rbac import decisions, mirror
from rbac.decisions import Held
from rbac.selectors.holding import Holder, held_by, powers_of, rank_of, ranks_of


def outranks(other: Holder, asker: Holder, *, at: datetime) -> bool:
    """Whether `other` holds, or could after being revived, anything that `asker` does not: then he is not hers to touch."""
    return other.pk != asker.pk and bool(above(rank_of(other), held_by(asker, at=at), at))


def who_outrank(actor: Actor, people: Collection[UUID], *, at: datetime) -> frozenset[UUID]:
    """Those of the people whom the actor may not touch, as `outranks` says, at the cost of asking for one."""
    ranks, ours = ranks_of(people), powers_of(actor, at=at)
    return frozenset(one for one, theirs in ranks.items() if one != actor.id and above(theirs, ours, at))


def above(theirs: Iterable[Held], ours: Iterable[Held], at: datetime) -> list[str]:
    """What puts them above us: only power over this server counts, or nobody could look after whoever approves invoices."""
    return decisions.above(theirs, ours, at, counts=mirror.guards_this_server)


def gained_through(holder: Holder, actor: Actor, *, at: datetime) -> list[str]:
    """What `holder` holds, now or soon, and the actor does not: who could come in as `holder` would gain just this.

    More than `outranks` asks: it counts what guards other applications, too.
    """
    return decisions.above(rank_of(holder), powers_of(actor, at=at), at, counts=lambda _: True)


def unheld(holder: Holder, patterns: Iterable[str], *, at: datetime) -> list[str]:
    """Which of `patterns` are not wholly covered by what she holds now, wherever that may be."""
    held = [one for one in held_by(holder, at=at) if one.stands(at)]
    return [pattern for pattern in patterns if not any(one.gives(pattern) for one in held)]


def untouched(holder: Holder, patterns: Iterable[str], *, at: datetime) -> list[str]:
    """Which of `patterns` have nothing in common with what the holder holds now."""
    held = [one for one in held_by(holder, at=at) if one.stands(at)]
    return [pattern for pattern in patterns if not any(one.within(frozenset({pattern})).patterns for one in held)]


def beyond(
    actor: Actor, patterns: Iterable[str], *, scope: str = scopes.ROOT, until: datetime | None = None, at: datetime
) -> list[str]:
    """Which of `patterns` the actor cannot hand out at `scope` up to `until`: he does not hold them there and so long."""
    return decisions.exceeding(patterns, scope=scope, until=until, held=powers_of(actor, at=at), at=at)
