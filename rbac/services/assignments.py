"""Giving roles to people, machines and groups, and ending that. Nobody gives, or takes, what she does not hold there herself."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import ServiceAccount, User
from common import scopes
from common.actors import Actor
from common.errors import FieldError, NotFound, VersionMismatch
from events.bus import publish
from rbac.errors import AlreadyAssigned, InvalidPeriod, PrivilegeEscalation, Refused
from rbac.events import RoleAssigned, RoleAssignmentEnded, RoleAssignmentRefused
from rbac.models import Group, Role, RoleAssignment
from rbac.models.assignments import HOLDER_FIELDS
from rbac.separation import Separation
from rbac.services import administrators, duties, reach


@transaction.atomic
def assign(
    holder: User | ServiceAccount | Group,
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
        **{HOLDER_FIELDS[type(holder)]: holder},
        role=role,
        scope=scopes.checked(scope),
        valid_from=valid_from,
        valid_until=valid_until,
        reason=reason,
        assigned_by=actor.id,
        created_at=at,
    )
    _check_period(wished, at)
    apart = _locked(wished)
    if missing := reach.beyond(actor, wished, until=valid_until, at=at):
        return _refused(wished, "assign", missing, actor=actor, at=at)
    _insert(wished, at)
    duties.check_holder(wished.holder, apart, at=at)
    publish(_told(wished), actor=actor, at=at)
    return wished


@transaction.atomic
def end(assignment: RoleAssignment, *, if_version: int | None = None, actor: Actor, at: datetime) -> bool | Refused:
    """False when it had ended already; then nothing is recorded."""
    if if_version not in {None, assignment.version}:
        raise VersionMismatch
    rules = administrators.hold([assignment])
    if missing := reach.beyond_ending(actor, assignment, at=at):
        return _refused(assignment, "end", missing, actor=actor, at=at)
    if not close(assignment, actor=actor, at=at):
        return False
    if rules:
        administrators.keep_one(at=at)
    return True


def close(assignment: RoleAssignment, *, actor: Actor, at: datetime) -> bool:
    """The write and the fact of an ending; the caller has decided that it may be. False when it had ended already."""
    ended = RoleAssignment.objects.open().filter(pk=assignment.pk).update(ended_at=at, ended_by=actor.id)
    if ended:
        publish(RoleAssignmentEnded(**_named(assignment)), actor=actor, at=at)
    return bool(ended)


def _check_period(wished: RoleAssignment, at: datetime) -> None:
    begin, end = wished.valid_from or at, wished.valid_until
    if end and end <= max(begin, at):
        fault = "The end lies before the beginning, or in the past."
        raise InvalidPeriod(fault, errors=[FieldError("valid_until", InvalidPeriod.code, fault)])


def _locked(wished: RoleAssignment) -> list[Separation]:
    # Holders before the policy before roles, everywhere, so that no two changes wait for each other.
    of_its_kind: Any = type(wished.holder)
    if not of_its_kind.objects.select_for_update().filter(pk=wished.holder.pk).exists():
        raise NotFound("There is no such user, service account or group.")
    apart = duties.hold([wished.role_id])
    if not Role.objects.select_for_update().filter(pk=wished.role_id).exists():
        raise NotFound("There is no such role.")
    return apart


def _insert(wished: RoleAssignment, at: datetime) -> None:
    same = RoleAssignment.objects.of(wished.holder).filter(role=wished.role_id, scope=wished.scope)
    for past in same.over(at=at):
        same.filter(pk=past.pk).update(ended_at=past.valid_until)
    try:
        with transaction.atomic():
            wished.save(force_insert=True)
    except IntegrityError:
        raise AlreadyAssigned(f"The role {wished.role.name} is assigned at {wished.scope} already.") from None


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
        "group_id": assignment.group_id,
        "role_id": assignment.role_id,
        "role": assignment.role.name,
        "scope": assignment.scope,
    }
