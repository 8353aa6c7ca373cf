"""Which of her roles a session uses (ANSI INCITS 359-2012, section 5.3.2): all that may go together, or those that she chose."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import transaction

from accounts.models import User
from common.actors import Actor
from common.errors import FieldError, Invalid, NotFound
from events.bus import publish
from rbac import selectors, standing
from rbac.decisions import Held
from rbac.services import duties
from tokens.events import SessionRolesActivated
from tokens.models import Session


class SessionRoles(NamedTuple):
    """Names. `held_back` says of each that gives nothing for which separation of duty that is."""

    active: list[str]
    held_back: dict[str, str]
    is_chosen: bool


class RoleNotHeld(Invalid):
    code = "role_not_held"
    title = "You do not hold this role"


def of(session: Session, *, at: datetime) -> SessionRoles:
    """What the session's holder can use in it now."""
    roles = _roles_of(_holder_of(session), at=at)
    active = [role.name for role in roles if role.held_back is None]
    back = {role.name: role.held_back for role in roles if role.held_back}
    return SessionRoles(active, back, session.active_roles is not None)


@transaction.atomic
def activate(session: Session, roles: Collection[str] | None, *, actor: Actor, at: datetime) -> Session:
    """From now on the session uses these roles, named, and no others; None takes the choice back.

    `DutiesNotSeparate` where a dynamic separation forbids to use them together; nothing is changed then.
    """
    found = (
        Session.objects.select_for_update(of=("self",))
        .select_related("user")
        .alive(at=at)
        .filter(pk=session.pk)
        .first()
    )
    if found is None:
        raise NotFound
    wanted = None if roles is None else checked(_holder_of(found), roles, at=at)
    chosen = None if wanted is None else sorted(map(str, wanted))
    if chosen == found.active_roles:
        return found
    found.active_roles = chosen
    found.save(update_fields=["active_roles"])
    standing.changed(found.user_id)
    told = None if roles is None else sorted(set(roles))
    fact = SessionRolesActivated(subject_id=found.pk, user_id=found.user_id, roles=told)
    publish(fact, actor=actor, at=at)
    return found


def checked(person: User, names: Collection[str], *, at: datetime) -> frozenset[UUID]:
    """The ids of these roles, if she holds them all and may use them together: `RoleNotHeld` or `DutiesNotSeparate` if not.

    For any session that she may have; who keeps the choice is not asked here.
    """
    ids, wanted = {role.name: role.id for role in _roles_of(person, at=at)}, frozenset(names)
    if missing := sorted(wanted - ids.keys()):
        fault = f"You do not hold: {', '.join(missing)[:200]}."
        raise RoleNotHeld(fault, errors=[FieldError("roles", RoleNotHeld.code, fault)])
    found = frozenset(ids[name] for name in wanted)
    duties.check_together(found)
    return found


def assigned_to(person: User, *, at: datetime) -> list[Held]:
    """All by which she holds a role now, also what is held back. A superuser holds everything without a role."""
    held = selectors.held_by(person, at=at)
    return [one for one in held if one.role_id and one.has_begun(at) and not one.is_over(at)]


class _Role(NamedTuple):
    name: str
    id: UUID
    held_back: str | None


def _roles_of(person: User, *, at: datetime) -> list[_Role]:
    roles = {_Role(one.role, one.role_id, one.held_back) for one in assigned_to(person, at=at) if one.role_id}
    return sorted(roles)


def _holder_of(session: Session) -> User:
    """As she is in this session."""
    session.user.session_roles = session.chosen_roles
    return session.user
