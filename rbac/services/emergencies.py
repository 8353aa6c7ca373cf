"""Roles taken at once, when nobody can be asked: loudly, for a short time, and only those that were set aside for it."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import structlog
from django.db import transaction

from accounts.models import User
from common import scopes
from common.actors import Actor, ActorKind
from common.errors import FieldError
from events.bus import publish
from rbac import metrics
from rbac.errors import InvalidPeriod, Refused
from rbac.errors.requests import NotAnEmergencyRole, ReauthenticationRequired
from rbac.events.requests import GlassBroken
from rbac.models import RequestState, Role, RoleAssignment, RoleRequest
from rbac.services import assignments, powers

log = structlog.get_logger(__name__)
BREAKS_GLASS = "role_request:break_glass"
FRESH = timedelta(minutes=10)


@transaction.atomic
def break_glass(
    requester: User,
    role: Role,
    *,
    scope: str,
    reason: str,
    minutes: int | None = None,
    signed_in_at: datetime | None,
    actor: Actor,
    at: datetime,
) -> RoleRequest | Refused:
    """She need not hold what the role gives: whoever set it aside did. Without `minutes`, for as long as it can be."""
    if signed_in_at is None or at - signed_in_at > FRESH:
        raise ReauthenticationRequired
    place = scopes.checked(scope)
    powers.demand(actor, BREAKS_GLASS, scope=place, at=at)
    asked = _allowed(role, minutes)
    until = at + timedelta(minutes=asked)
    given = _take(requester, role, scope=place, until=until, reason=reason, actor=actor, at=at)
    if isinstance(given, Refused):
        return given
    # Its row is locked by now: who took it off the list, or made it shorter, a moment ago is heard.
    role.refresh_from_db(fields=["emergency_minutes"])
    _allowed(role, asked)
    taken = _write_down(given, requester, actor=actor, at=at)
    transaction.on_commit(partial(_shout, taken))
    return taken


def _allowed(role: Role, minutes: int | None) -> int:
    longest = role.emergency_minutes
    if longest is None:
        raise NotAnEmergencyRole(f"{role.name} cannot be taken in an emergency.")
    if minutes is not None and not 0 < minutes <= longest:
        fault = f"In an emergency {role.name} is held for at most {longest} minutes."
        raise InvalidPeriod(fault, errors=[FieldError("minutes", InvalidPeriod.code, fault)])
    return minutes or longest


def _take(
    requester: User, role: Role, *, scope: str, until: datetime, reason: str, actor: Actor, at: datetime
) -> RoleAssignment | Refused:
    # By the system, which alone may give what nobody at hand holds; from where and in which request stays told.
    giver = replace(actor, kind=ActorKind.SYSTEM, id=None, label="break-glass", bounds=None)
    return assignments.assign(requester, role, scope=scope, valid_until=until, reason=reason, actor=giver, at=at)


def _write_down(given: RoleAssignment, requester: User, *, actor: Actor, at: datetime) -> RoleRequest:
    until = given.valid_until or at
    taken = RoleRequest.objects.create(
        requester=requester,
        role=given.role,
        scope=given.scope,
        until=until,
        reason=given.reason,
        state=RequestState.APPROVED,
        broke_glass=True,
        assignment=given,
        decided_by=actor.id,
        decided_at=at,
        created_at=at,
    )
    fact = GlassBroken(
        subject_id=given.role_id,
        user_id=requester.pk,
        role=given.role.name,
        scope=given.scope,
        until=until,
        assignment_id=given.pk,
        request_id=taken.pk,
    )
    publish(fact, actor=actor, at=at)
    return taken


def _shout(taken: RoleRequest) -> None:
    metrics.glass_broken.labels(taken.role.name).inc()
    log.warning(
        "glass_broken",
        user_id=str(taken.requester_id),
        role=taken.role.name,
        scope=taken.scope,
        until=taken.until.isoformat(),
    )
