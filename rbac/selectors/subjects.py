"""What is known of somebody: her assignments, and the roles as they were in the same moment."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from common.actors import ActorKind
from common.errors import Unavailable
from rbac import compiled, remembered, separation
from rbac.compiled import Compiled
from rbac.decisions import OMNIPOTENCE, Held
from rbac.graph import Graph
from rbac.lookups import Assigned, Subject

# Each try but the first is for a change of the roles between two statements of ours.
TRIES = 5
MOST_JOINED = 20_000
KINDS = (ActorKind.USER, ActorKind.SERVICE_ACCOUNT)


class Holding(NamedTuple):
    """What somebody holds, and the graph that says by which way a role gives what it gives."""

    graph: Graph
    held: tuple[Held, ...]


class Known(NamedTuple):
    """`held` is her rank: also of one who is deactivated, and not cut down to any proof."""

    is_active: bool
    roles: Compiled
    held: tuple[Held, ...]

    def holding(
        self, *, bounds: frozenset[str] | None = None, chosen: frozenset[UUID] | None = None, at: datetime
    ) -> Holding:
        """What she holds by a proof that is good for `bounds`, in a session that has chosen these roles (None: it has not)."""
        held = self._active(chosen, at)
        if bounds is not None:
            held = tuple(one.within(bounds) for one in held)
        return Holding(self.roles.graph, held)

    def under(self, graph: Graph) -> "Known":
        """As if the roles were so."""
        held = tuple(replace(one, graph=graph) if one.graph else one for one in self.held)
        return self._replace(roles=replace(self.roles, graph=graph), held=held)

    def _active(self, chosen: frozenset[UUID] | None, at: datetime) -> tuple[Held, ...]:
        """`held`, with the mark on what a separation of duty or the session's choice holds back at `at`."""
        if chosen is None and not self.roles.apart:
            return self.held
        counting = {one.role_id for one in self.held if one.role_id and one.stands(at)}
        closures = {role: self.roles.graph.closure(role) for role in counting}
        back = separation.held_back(self.roles.apart, closures, chosen)
        return tuple(replace(one, held_back=back[one.role_id]) if one.role_id in back else one for one in self.held)


ALMIGHTY = Known(True, compiled.EMPTY, (OMNIPOTENCE,))
_joined: dict[UUID, tuple[Subject, Known]] = {}


def known(kind: ActorKind, who: UUID, *, first: Subject | None = None) -> Known | None:
    """None where there is nobody of that kind and id. `first` is what was read of her with something else."""
    subject = first or remembered.subject(kind, who)
    for _ in range(TRIES):
        if subject is None:
            return None
        if found := _known(who, subject):
            return found
        subject = remembered.asked(kind, [who]).get(who)
    raise Unavailable("The roles change faster than they can be read.")


def known_among(kind: ActorKind, whom: Iterable[UUID]) -> dict[UUID, Known]:
    """As `known`, of many at once; who is not there is missing."""
    found: dict[UUID, Known] = {}
    for who, subject in remembered.subjects(kind, _once(whom)).items():
        one = _known(who, subject) or known(kind, who)
        if one:
            found[who] = one
    return found


def _once(whom: Iterable[UUID]) -> Collection[UUID]:
    return list(dict.fromkeys(whom))


def _known(who: UUID, subject: Subject) -> Known | None:
    """None where the roles have changed since she was read: of then and of now together would be told what never was."""
    before = _joined.get(who)
    if before and before[0] is subject:
        return before[1]
    found = _joined_with_roles(subject)
    if found:
        if len(_joined) >= MOST_JOINED:
            _joined.clear()
        _joined[who] = (subject, found)
    return found


def _joined_with_roles(subject: Subject) -> Known | None:
    if subject.is_superuser:
        return ALMIGHTY._replace(is_active=subject.is_active)
    roles = compiled.under(subject.policy) if subject.assigned else compiled.EMPTY
    if subject.assigned and roles.stamp != subject.policy:
        return None
    return Known(subject.is_active, roles, tuple(_held(one, roles.graph) for one in subject.assigned))


def _held(given: Assigned, graph: Graph) -> Held:
    return Held(
        assignment_id=given.id,
        role_id=given.role_id,
        role=given.role,
        scope=given.scope,
        graph=graph,
        group=given.group,
        valid_from=given.valid_from,
        valid_until=given.valid_until,
    )
