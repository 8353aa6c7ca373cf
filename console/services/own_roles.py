"""Which of her roles a member of staff uses on the staff site, by the same rule as over the API."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from accounts.models import User
from common.actors import Actor
from console.events import StaffRolesActivated
from events.bus import publish
from tokens.services import session_roles


def activate(person: User, roles: Collection[str] | None, *, actor: Actor, at: datetime) -> frozenset[UUID] | None:
    """The ids of the named roles, for the session with which she came to be held to; None takes the choice back.

    `RoleNotHeld` where one is not hers, `DutiesNotSeparate` where a dynamic separation forbids to use them together. Keep the
    answer in the transaction in which this is called: the fact is told in it.
    """
    chosen = None if roles is None else session_roles.checked(person, roles, at=at)
    if chosen != person.session_roles:
        told = None if roles is None else sorted(set(roles))
        publish(StaffRolesActivated(subject_id=person.pk, roles=told), actor=actor, at=at)
    return chosen
