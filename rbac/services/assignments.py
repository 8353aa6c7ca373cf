"""Giving roles to people and machines, and ending that. Nobody gives, or takes, what she does not hold there herself."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from accounts.models import ServiceAccount, User
from common.actors import Actor
from common.errors import FieldError, NotFound, VersionMismatch
from events.bus import publish
from rbac import scopes, selectors
from rbac.errors import AlreadyAssigned, InvalidPeriod, PrivilegeEscalation, Refused
from rbac.events import RoleAssigned, RoleAssignmentEnded, RoleAssignmentRefused
from rbac.models import Role, RoleAssignment
from rbac.selectors import Holder
from rbac.services import administrators


@transaction.atomic
def assign(
    holder: Holder,
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
        user=holder if isinstance(holder, User) else None,
        service_account=holder if isinstance(holder, ServiceAccount) else None,
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
    publish(RoleAssignmentEnded(**_named(assignment)), actor=actor, at=at)
    return True


def _check_period(wished: RoleAssignment, at: datetime) -> None:
    begin, end = wished.valid_from or at, wished.valid_until
    if end and end <= max(begin, at):
        fault = "The end lies before the beginning, or in the past."
        raise InvalidPeriod(fault, errors=[FieldError("valid_until", InvalidPeriod.code, fault)])


def _lock(wished: RoleAssignment) -> None:
    # Holders before roles, everywhere, so that no two changes wait for each other.
    of_its_kind: QuerySet[Any] = (User if wished.user else ServiceAccount).objects.all()
    if not of_its_kind.select_for_update().filter(pk=wished.holder.pk).exists():
        raise NotFound("There is no such user or service account.")
    if not Role.objects.select_for_update().filter(pk=wished.role_id).exists():
        raise NotFound("There is no such role.")


def _insert(wished: RoleAssignment, at: datetime) -> None:
    same = RoleAssignment.objects.of(wished.holder).filter(role=wished.role_id, scope=wished.scope)
    for past in same.over(at=at):
        same.filter(pk=past.pk).update(ended_at=past.valid_until)
    try:
        with transaction.atomic():
            wished.save(force_insert=True)
    except IntegrityError:
        raise AlreadyAssigned(f"The role {wished.role.name} is assigned at {wished.scope} already.") from None


def _beyond(assignment: RoleAssignment, actor: Actor, *, until: datetime | None, at: datetime) -> list[str]:
    given = selectors.patterns_of(assignment.role)
    return selectors.beyond(actor, given, scope=assignment.scope, until=until, at=at)


def _out_of_reach(assignment: RoleAssignment, actor: Actor, at: datetime) -> list[str]:
    if actor.id == assignment.holder.pk:
        return []
    missing = _beyond(assignment, actor, until=at, at=at)
    theirs = selectors.rank_of(assignment.holder)
    return missing or selectors.above(theirs, selectors.powers_of(actor), at)


def _told(given: RoleAssignment) -> RoleAssigned:
    return RoleAssigned(**_named(given), valid_from=given.valid_from, valid_until=given.valid_until)


def _refused(wished: RoleAssignment, attempted: str, missing: list[str], *, actor: Actor, at: datetime) -> Refused:
    fact = RoleAssignmentRefused(**_named(wished), attempted=attempted, missing=missing)
    publish(fact, actor=actor, at=at)
    return Refused(PrivilegeEscalation(missing, f"at {wished.scope}"))


def _named(assignment: RoleAssignment) -> dict[str, Any]:
    """What every fact about it says."""
    return {
        "subject_id": assignment.pk,
        "user_id": assignment.user_id,
        "service_account_id": assignment.service_account_id,
        "role_id": assignment.role_id,
        "role": assignment.role.name,
        "scope": assignment.scope,
    }
