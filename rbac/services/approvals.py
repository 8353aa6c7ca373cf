"""Requests for roles are decided by somebody else, who could as well give the role by hand: `assignments.assign` says who."""

from datetime import datetime

from django.db import transaction

from common.actors import Actor
from common.errors import FieldError
from events.bus import publish
from rbac.errors import AlreadyAssigned, InvalidPeriod, Refused
from rbac.errors.requests import LaterThanAsked
from rbac.events.requests import RoleRequestApproved, RoleRequestDenied
from rbac.models import RoleAssignment, RoleRequest
from rbac.requesting import Step
from rbac.services import assignments, powers, requests

DECIDES = "role_assignment:add"


@transaction.atomic
def approve(
    request: RoleRequest, *, until: datetime | None = None, note: str = "", actor: Actor, at: datetime
) -> RoleRequest | Refused:
    """The assignment that this makes ends at `until`, which is no later than was asked."""
    found = _decidable(request, Step.APPROVE, actor=actor, at=at)
    end = until or found.until
    _check_end(found, end)
    given = _give(found, until=end, actor=actor, at=at)
    if isinstance(given, Refused):
        return given
    found.assignment = given
    requests.settle(found, Step.APPROVE, note=note, actor=actor, at=at)
    publish(RoleRequestApproved(**requests.named(found), assignment_id=given.pk), actor=actor, at=at)
    return found


@transaction.atomic
def deny(request: RoleRequest, *, note: str = "", actor: Actor, at: datetime) -> RoleRequest:
    found = _decidable(request, Step.DENY, actor=actor, at=at)
    requests.settle(found, Step.DENY, note=note, actor=actor, at=at)
    publish(RoleRequestDenied(**requests.named(found)), actor=actor, at=at)
    return found


def _decidable(request: RoleRequest, step: Step, *, actor: Actor, at: datetime) -> RoleRequest:
    found = requests.ready(request, step, actor=actor, at=at)
    powers.demand(actor, DECIDES, scope=found.scope, at=at)
    return found


def _check_end(asked: RoleRequest, end: datetime) -> None:
    if end > asked.until:
        fault = f"Asked for until {asked.until.isoformat()}."
        raise LaterThanAsked(fault, errors=[FieldError("until", LaterThanAsked.code, fault)])
    before = asked.extends.valid_until if asked.extends and asked.extends.ended_at is None else None
    if before and end <= before:
        fault = f"She has it until {before.isoformat()} already."
        raise InvalidPeriod(fault, errors=[FieldError("until", InvalidPeriod.code, fault)])


def _give(asked: RoleRequest, *, until: datetime, actor: Actor, at: datetime) -> RoleAssignment | Refused:
    try:
        return _assign(asked, until=until, actor=actor, at=at)
    except AlreadyAssigned:
        if asked.extends is None:
            raise
    # All else was in order. The old one makes room for the one that follows on it: nothing is taken from her, and so
    # nobody's rank is asked.
    assignments.close(asked.extends, actor=actor, at=at)
    return _assign(asked, until=until, actor=actor, at=at)


def _assign(asked: RoleRequest, *, until: datetime, actor: Actor, at: datetime) -> RoleAssignment | Refused:
    return assignments.assign(
        asked.requester,
        asked.role,
        scope=asked.scope,
        valid_until=until,
        reason=asked.reason,
        actor=actor,
        at=at,
    )
