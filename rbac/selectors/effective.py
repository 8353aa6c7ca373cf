"""What comes of what somebody holds: permissions with their sources, names of roles."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from common import scopes
from common.actors import ActorKind
from rbac import compiled, lookups, separation
from rbac.lookups import Subject
from rbac.models import Role
from rbac.selectors.holding import Holder, holding_of


@dataclass(frozen=True, slots=True)
class Source:
    """One way by which somebody holds a permission: from the role that she has down to the one that gives it itself."""

    role: str
    scope: str
    assignment_id: UUID | None
    valid_until: datetime | None
    group: str | None = None
    path: tuple[str, ...] = ()


def effective_permissions(holder: Holder, *, scope: str | None = None, at: datetime) -> dict[str, list[Source]]:
    """Each permission (or wildcard) that she holds now, and by what; with `scope`, only what holds there."""
    found: dict[str, list[Source]] = {}
    graph, held = holding_of(holder, at=at)
    for one in held:
        if one.stands(at) and (scope is None or one.reaches(scope)):
            for pattern in one.patterns:
                path = (one.role_id and graph.path(one.role_id, pattern)) or (one.role,)
                source = Source(one.role, one.scope, one.assignment_id, one.valid_until, one.group, path)
                found.setdefault(pattern, []).append(source)
    return dict(sorted(found.items()))


def effective_patterns_of(role: Role) -> list[str]:
    """All that the role gives, inherited or its own."""
    return sorted(compiled.graph().patterns(role.pk))


def ways_of(role: Role) -> dict[str, tuple[str, ...]]:
    """All that the role gives, each with the roles from this one down to the nearest that holds it itself."""
    graph = compiled.graph()
    return {pattern: graph.path(role.pk, pattern) for pattern in sorted(graph.patterns(role.pk))}


def role_names_of(user_id: UUID, *, chosen: frozenset[UUID] | None = None, at: datetime) -> list[str]:
    """The roles she holds everywhere, in a session that has chosen these (None: it has made no choice).

    A flat list cannot say where, so a role at `/acme` must not look like one at `/`.
    """
    return _names_of(lookups.subject(ActorKind.USER, user_id), chosen, at)


def role_names_of_machine(account_id: UUID, *, at: datetime) -> list[str]:
    """As `role_names_of`, for a service account."""
    return _names_of(lookups.subject(ActorKind.SERVICE_ACCOUNT, account_id), None, at)


def role_names_in(subject: Subject, *, chosen: frozenset[UUID] | None = None, at: datetime) -> list[str]:
    """As `role_names_of`, of somebody who has been read."""
    standing = [one for one in subject.assigned if one.stands(at)]
    roles = compiled.under(subject.policy) if standing else compiled.EMPTY
    ours = {one.role_id: roles.graph.closure(one.role_id) for one in standing}
    back = separation.held_back(roles.apart, ours, chosen)
    return sorted({one.role for one in standing if one.scope == scopes.ROOT and one.role_id not in back})


def _names_of(subject: Subject | None, chosen: frozenset[UUID] | None, at: datetime) -> list[str]:
    return role_names_in(subject, chosen=chosen, at=at) if subject else []
