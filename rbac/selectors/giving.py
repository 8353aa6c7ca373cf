"""Which roles somebody can hand out."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from common.actors import Actor
from rbac import compiled, decisions
from rbac.selectors.holding import powers_of


def roles_to_give(actor: Actor, places: Collection[str], *, at: datetime) -> list[UUID]:
    """Those of which the actor holds all that they give at one of the places: there he can hand them out, for a while at least."""
    graph, ours = compiled.graph(), powers_of(actor, at=at)
    return [
        role
        for role in graph.names
        if any(not decisions.exceeding(graph.patterns(role), scope=one, until=at, held=ours, at=at) for one in places)
    ]
