"""What somebody may not give or take, because she does not hold it there herself, or because its holder is above her."""

from collections.abc import Iterable
from datetime import datetime

from accounts.models import ServiceAccount, User
from common.actors import Actor
from rbac import mirror, selectors
from rbac.models import Group, RoleAssignment
from rbac.services import inheritance


def beyond(actor: Actor, assignment: RoleAssignment, *, until: datetime | None, at: datetime) -> list[str]:
    """Which patterns of the assigned role the actor does not hold there, so long."""
    given = inheritance.given_by([assignment.role_id])
    return selectors.beyond(actor, given, scope=assignment.scope, until=until, at=at)


def beyond_ending(actor: Actor, assignment: RoleAssignment, *, at: datetime) -> list[str]:
    """What forbids the actor to end it: everybody may lay down what is hers, and nobody takes from those above her."""
    holder = assignment.holder
    if actor.id == holder.pk:
        return []
    missing = beyond(actor, assignment, until=at, at=at)
    return missing or (_rank_beyond(actor, holder, at) if isinstance(holder, Group) else _above(actor, holder, at))


def beyond_joining(actor: Actor, group: Group, *, at: datetime) -> list[str]:
    """What a new member would come to hold, now or later, and the actor does not hold there and so long."""
    given = group.role_assignments.unfinished(at=at)
    return _all_of(beyond(actor, one, until=one.valid_until, at=at) for one in given)


def beyond_leaving(actor: Actor, group: Group, member: User, *, at: datetime) -> list[str]:
    """What forbids the actor to take the member out."""
    if actor.id == member.pk:
        return []
    given = group.role_assignments.unfinished(at=at)
    return _all_of(beyond(actor, one, until=at, at=at) for one in given) or _above(actor, member, at)


def beyond_dissolving(actor: Actor, group: Group, *, at: datetime) -> list[str]:
    """What forbids the actor to end all that the group holds."""
    return _all_of(beyond(actor, one, until=at, at=at) for one in group.role_assignments.unfinished(at=at))


def _rank_beyond(actor: Actor, group: Group, at: datetime) -> list[str]:
    # A group has the rank of what it gives; its members may hold more, which this does not touch.
    missing = _all_of(beyond(actor, one, until=at, at=at) for one in group.role_assignments.unfinished(at=at))
    return [pattern for pattern in missing if mirror.guards_this_server(pattern)]


def _above(actor: Actor, holder: User | ServiceAccount, at: datetime) -> list[str]:
    return selectors.above(selectors.rank_of(holder), selectors.powers_of(actor, at=at), at)


def _all_of(missing: Iterable[list[str]]) -> list[str]:
    return sorted({pattern for patterns in missing for pattern in patterns})
