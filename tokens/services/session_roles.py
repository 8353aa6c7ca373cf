"""Which of her roles a session uses (ANSI INCITS 359-2012, section 5.3.2): all that may go together, or those that she chose."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import transaction

from common.actors import Actor
from common.errors import FieldError, Invalid, NotFound
from events.bus import publish
from rbac import selectors, standing
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
    roles = _held(session, at=at)
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
    chosen = None if roles is None else _checked(found, frozenset(roles), at=at)
    if chosen == found.active_roles:
        return found
    found.active_roles = chosen
    found.save(update_fields=["active_roles"])
    standing.changed(found.user_id)
    told = None if roles is None else sorted(set(roles))
    fact = SessionRolesActivated(subject_id=found.pk, user_id=found.user_id, roles=told)
    publish(fact, actor=actor, at=at)
    return found


def _checked(session: Session, wanted: frozenset[str], *, at: datetime) -> list[str]:
    ids = {role.name: role.id for role in _held(session, at=at)}
    if missing := sorted(wanted - ids.keys()):
        fault = f"You do not hold: {', '.join(missing)[:200]}."
        raise RoleNotHeld(fault, errors=[FieldError("roles", RoleNotHeld.code, fault)])
    duties.check_together([ids[name] for name in wanted])
    return sorted(str(ids[name]) for name in wanted)


class _Role(NamedTuple):
    name: str
    id: UUID
    held_back: str | None


def _held(session: Session, *, at: datetime) -> list[_Role]:
    session.user.session_roles = session.chosen_roles
    held = (one for one in selectors.held_by(session.user, at=at) if one.has_begun(at) and not one.is_over(at))
    return sorted({_Role(one.role, one.role_id, one.held_back) for one in held if one.role_id})
