"""Giving roles to people and ending that. Nobody gives, or takes, what she does not hold there herself."""

from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.models import User
from common.actors import Actor
from common.errors import FieldError, NotFound, VersionMismatch
from events.bus import publish
from rbac import scopes, selectors
from rbac.errors import AlreadyAssigned, InvalidPeriod, PrivilegeEscalation, Refused
from rbac.events import RoleAssigned, RoleAssignmentEnded, RoleAssignmentRefused
from rbac.models import Role, RoleAssignment
from rbac.services import administrators


@transaction.atomic
def assign(
    user: User,
    role: Role,
    *,
    scope: str = scopes.ROOT,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
    reason: str = "",
    actor: Actor,
    at: datetime,
) -> RoleAssignment | Refused:
    wished = RoleAssignment(
        user=user,
        role=role,
        scope=scopes.checked(scope),
        valid_from=valid_from,
        valid_until=valid_until,
        reason=reason,
        assigned_by=actor.id,
        created_at=at,
    )
    _check_period(wished, at)
    _lock(wished)
    if missing := _beyond(wished, actor, until=valid_until, at=at):
        return _refused(wished, "assign", missing, actor=actor, at=at)
    _insert(wished, at)
    publish(_told(wished), actor=actor, at=at)
    return wished


@transaction.atomic
def end(assignment: RoleAssignment, *, if_version: int | None = None, actor: Actor, at: datetime) -> bool | Refused:
    """False when it had ended already; then nothing is recorded."""
    if if_version not in {None, assignment.version}:
        raise VersionMismatch
    is_omnipotent = RoleAssignment.objects.omnipotent().filter(pk=assignment.pk).exists()
    if is_omnipotent:
        administrators.lock()
    if missing := _out_of_reach(assignment, actor, at):
        return _refused(assignment, "end", missing, actor=actor, at=at)
    ended = RoleAssignment.objects.open().filter(pk=assignment.pk).update(ended_at=at, ended_by=actor.id)
    if not ended:
        return False
    if is_omnipotent:
        administrators.keep_one(at=at)
    fact = RoleAssignmentEnded(
        subject_id=assignment.pk,
        user_id=assignment.user_id,
        role_id=assignment.role_id,
        role=assignment.role.name,
        scope=assignment.scope,
    )
    publish(fact, actor=actor, at=at)
    return True


def _check_period(wished: RoleAssignment, at: datetime) -> None:
    begin, end = wished.valid_from or at, wished.valid_until
    if end and end <= max(begin, at):
        fault = "The end lies before the beginning, or in the past."
        raise InvalidPeriod(fault, errors=[FieldError("valid_until", InvalidPeriod.code, fault)])


def _lock(wished: RoleAssignment) -> None:
    # People before roles, everywhere, so that no two changes wait for each other.
    if not User.objects.select_for_update().filter(pk=wished.user_id).exists():
        raise NotFound("There is no such user.")
    if not Role.objects.select_for_update().filter(pk=wished.role_id).exists():
        raise NotFound("There is no such role.")


def _insert(wished: RoleAssignment, at: datetime) -> None:
    same = RoleAssignment.objects.filter(user=wished.user_id, role=wished.role_id, scope=wished.scope)
    for past in same.over(at=at):
        same.filter(pk=past.pk).update(ended_at=past.valid_until)
    try:
        with transaction.atomic():
            wished.save(force_insert=True)
    except IntegrityError:
        raise AlreadyAssigned(f"The person has the role {wished.role.name} at {wished.scope} already.") from None


def _beyond(assignment: RoleAssignment, actor: Actor, *, until: datetime | None, at: datetime) -> list[str]:
    given = selectors.patterns_of(assignment.role)
    return selectors.beyond(actor, given, scope=assignment.scope, until=until, at=at)


def _out_of_reach(assignment: RoleAssignment, actor: Actor, at: datetime) -> list[str]:
    if actor.id == assignment.user_id:
        return []
    missing = _beyond(assignment, actor, until=at, at=at)
    theirs = selectors.rank_of(assignment.user)
    return missing or selectors.above(theirs, selectors.powers_of(actor), at)


def _told(given: RoleAssignment) -> RoleAssigned:
    return RoleAssigned(
        subject_id=given.pk,
        user_id=given.user_id,
        role_id=given.role_id,
        role=given.role.name,
        scope=given.scope,
        valid_from=given.valid_from,
        valid_until=given.valid_until,
    )


def _refused(wished: RoleAssignment, attempted: str, missing: list[str], *, actor: Actor, at: datetime) -> Refused:
    fact = RoleAssignmentRefused(
        subject_id=wished.pk,
        user_id=wished.user_id,
        role_id=wished.role_id,
        role=wished.role.name,
        scope=wished.scope,
        attempted=attempted,
        missing=missing,
    )
    publish(fact, actor=actor, at=at)
    return Refused(PrivilegeEscalation(missing, f"at {wished.scope}"))
