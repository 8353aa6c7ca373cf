"""Roles that people ask for, and withdraw, and that the clock ends where nobody decides: see `approvals`."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import User
from common import scopes
from common.actors import SYSTEM, Actor
from common.errors import FieldError, NotFound
from events.bus import publish
from rbac.errors import AlreadyAssigned, InvalidPeriod
from rbac.errors.requests import (
    AlreadyDecided,
    AlreadyRequested,
    NotYourRequest,
    OwnRequest,
    RequesterInactive,
    TooManyRequested,
)
from rbac.events.requests import (
    RoleRequested,
    RoleRequestLapsed,
    RoleRequestWithdrawn,
)
from rbac.models import RequestState, Role, RoleAssignment, RoleRequest
from rbac.requesting import LEADS_TO, Circumstances, Objection, Step, objection

MOST_PENDING = 20
BATCH = 500
OBJECTIONS = {
    Objection.NOT_HERS: NotYourRequest,
    Objection.OWN: OwnRequest,
    Objection.DECIDED: AlreadyDecided,
    Objection.REQUESTER_GONE: RequesterInactive,
}


@transaction.atomic
def ask(
    requester: User,
    role: Role,
    *,
    scope: str,
    until: datetime,
    reason: str,
    extends: RoleAssignment | None = None,
    actor: Actor,
    at: datetime,
) -> RoleRequest:
    wished = RoleRequest(
        requester=requester,
        role=role,
        scope=scopes.checked(scope),
        until=until,
        reason=reason,
        extends=extends,
        created_at=at,
    )
    _lock(requester.pk)
    _check(wished, at)
    _insert(wished)
    publish(RoleRequested(**named(wished), extends=wished.extends_id), actor=actor, at=at)
    return wished


@transaction.atomic
def withdraw(request: RoleRequest, *, actor: Actor, at: datetime) -> RoleRequest:
    found = ready(request, Step.WITHDRAW, actor=actor, at=at)
    settle(found, Step.WITHDRAW, actor=actor, at=at)
    publish(RoleRequestWithdrawn(**named(found)), actor=actor, at=at)
    return found


def lapse(*, actor: Actor, at: datetime) -> int:
    """Write down which requests the clock has overtaken; of two who do so at once, one does."""
    due = RoleRequest.objects.overtaken(at=at).filter(state=RequestState.PENDING)
    rows = due.select_related("role").order_by("until")[:BATCH]
    return sum(_lapse(found, actor=actor, at=at) for found in rows)


def named(request: RoleRequest) -> dict[str, Any]:
    """What every fact about it says."""
    return {
        "subject_id": request.pk,
        "user_id": request.requester_id,
        "role_id": request.role_id,
        "role": request.role.name,
        "scope": request.scope,
        "until": request.until,
    }


def _lock(requester_id: Any) -> User:
    # Her row first, as everywhere: whatever happens to her requests happens one after the other.
    found = User.objects.select_for_update().filter(pk=requester_id).first()
    if found is None:
        raise NotFound
    return found


def _check(wished: RoleRequest, at: datetime) -> None:
    of_hers = RoleRequest.objects.filter(requester=wished.requester_id)
    for stale in of_hers.filter(state=RequestState.PENDING, until__lte=at).select_related("role"):
        _lapse(stale, actor=SYSTEM, at=at)
    if wished.until <= at:
        fault = "What you ask for would be over already."
        raise InvalidPeriod(fault, errors=[FieldError("until", InvalidPeriod.code, fault)])
    same = RoleAssignment.objects.unfinished(at=at).filter(user=wished.requester_id)
    if wished.extends_id is None and same.filter(role=wished.role_id, scope=wished.scope).exists():
        raise AlreadyAssigned(f"You hold {wished.role.name} at {wished.scope} already. Ask for that to be extended.")
    if of_hers.pending(at=at).count() >= MOST_PENDING:
        raise TooManyRequested(f"{MOST_PENDING} of your requests wait. Withdraw one, or wait.")


def _insert(wished: RoleRequest) -> None:
    try:
        with transaction.atomic():
            wished.save(force_insert=True)
    except IntegrityError:
        raise AlreadyRequested(f"You have asked for {wished.role.name} at {wished.scope} already.") from None


def ready(request: RoleRequest, step: Step, *, actor: Actor, at: datetime) -> RoleRequest:
    """The request as it is now, with its requester locked; refused where the step cannot be taken."""
    requester = _lock(request.requester_id)
    found = RoleRequest.objects.select_related("role", "extends").filter(pk=request.pk).first()
    if found is None:
        raise NotFound
    now = Circumstances(
        state=found.state_at(at), by_requester=actor.id == requester.pk, requester_active=requester.is_active
    )
    against = objection(step, now)
    if against:
        raise OBJECTIONS[against]
    found.requester = requester
    return found


def settle(found: RoleRequest, step: Step, *, note: str = "", actor: Actor, at: datetime) -> None:
    found.state, found.note = RequestState(LEADS_TO[step]), note
    found.decided_by, found.decided_at = (None if step is Step.WITHDRAW else actor.id), at
    settled = RoleRequest.objects.filter(pk=found.pk, state=RequestState.PENDING).update(
        state=found.state,
        note=note,
        assignment=found.assignment,
        decided_by=found.decided_by,
        decided_at=at,
    )
    if not settled:
        raise AlreadyDecided


@transaction.atomic
def _lapse(found: RoleRequest, *, actor: Actor, at: datetime) -> bool:
    lapsed = RoleRequest.objects.filter(pk=found.pk, state=RequestState.PENDING).update(state=RequestState.LAPSED)
    if lapsed:
        publish(RoleRequestLapsed(**named(found)), actor=actor, at=at)
    return bool(lapsed)
