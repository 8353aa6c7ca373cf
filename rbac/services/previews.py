"""What a change of a role would do, before it is made. Nothing is written and nothing told."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from common.actors import Actor
from common.errors import DomainError
from rbac import compiled, selectors
from rbac.graph import Graph
from rbac.models import Role
from rbac.policy_files.effects import Effect, effects
from rbac.services import contents
from rbac.services.contents import Contents
from rbac.services.policy_files import holders
from rbac.services.roles import RoleChanges

# Of whom it is worked out; that many take about a second.
MOST_LOOKED_AT = 5_000


class Preview(NamedTuple):
    """`left_out` counts those who hold the role and have not been looked at, because there are too many."""

    effects: list[Effect]
    left_out: int = 0


def of_update(
    role: Role, *, changes: RoleChanges, if_version: int | None, actor: Actor, at: datetime
) -> Preview | None:
    """None where there is nothing to ask: what the role gives stays as it is, or the change would be refused anyway."""
    held, wanted = contents.of(role), _wanted(changes)
    if wanted is None or held == wanted or if_version not in {None, role.version}:
        return None
    graph = compiled.graph()
    if not wanted.juniors <= graph.names.keys():
        return None
    wished = changed(graph, role.pk, wanted)
    if wished.rings or selectors.beyond(actor, held.with_all_of(wanted).effective(), at=at):
        return None
    whom, left_out = _first(holders.holding({role.pk, *graph.seniors(role.pk)}))
    before, after = holders.powers_of(whom, at=at), holders.powers_of(whom, at=at, under=wished)
    return Preview(effects(before, after), left_out)


def changed(graph: Graph, role: UUID, wanted: Contents) -> Graph:
    """The graph as it would be."""
    held = {one: wanted.patterns if one == role else graph.own_patterns(one) for one in graph.names}
    below: dict[UUID, Iterable[UUID]] = {
        one: wanted.juniors if one == role else graph.juniors(one) for one in graph.names
    }
    patterns = ((one, pattern) for one, theirs in held.items() for pattern in theirs)
    links = ((senior, junior) for senior, juniors in below.items() for junior in juniors)
    return Graph.of(graph.names.items(), patterns, links)


def _wanted(changes: RoleChanges) -> Contents | None:
    try:
        patterns = contents.declared(changes["permissions"])
    except DomainError:
        return None
    return Contents(patterns, frozenset(one.pk for one in changes["inherits"]))


def _first(whom: holders.Touched) -> tuple[holders.Touched, int]:
    people = dict(list(whom.people.items())[:MOST_LOOKED_AT])
    machines = dict(list(whom.machines.items())[: MOST_LOOKED_AT - len(people)])
    return holders.Touched(people, machines), len(whom.people) + len(whom.machines) - len(people) - len(machines)
