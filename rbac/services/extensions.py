"""Asking for a role to go on: by the one who holds it, or by whoever reads the mail that tells her of its end."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.crypto import salted_hmac

from accounts.errors import LinkNotUsable
from accounts.models import User
from common import secrets
from common.actors import Actor
from common.errors import FieldError, NotFound
from rbac.errors import InvalidPeriod
from rbac.errors.requests import NotExtensible
from rbac.models import ExpiryWarning, RoleAssignment, RoleRequest
from rbac.services import requests

PREFIX = "idl"
LONGEST = timedelta(days=365)
REASON = "Asked for by the link in the warning of its end."


def extend(
    given: RoleAssignment, *, until: datetime, reason: str, requester: User, actor: Actor, at: datetime
) -> RoleRequest:
    """Ask for what she holds to go on. An assignment of somebody else is not there for her."""
    if given.user_id != requester.pk:
        raise NotFound
    if given.valid_until is None or given.ended_at or given.valid_until <= at:
        raise NotExtensible("It has no end, or is over. What is over can be asked for anew.")
    if until <= given.valid_until:
        fault = f"You have it until {given.valid_until.isoformat()} already."
        raise InvalidPeriod(fault, errors=[FieldError("until", InvalidPeriod.code, fault)])
    return requests.ask(
        requester, given.role, scope=given.scope, until=until, reason=reason, extends=given, actor=actor, at=at
    )


@transaction.atomic
def redeem(value: str, *, actor: Actor, at: datetime) -> RoleRequest:
    """Ask by the mailed secret, once, for as long again. `LinkNotUsable` for every reason why it would not work."""
    mark = _usable(value, at=at).select_related("assignment__user", "assignment__role").first()
    if mark is None:
        raise LinkNotUsable
    given = mark.assignment
    # Her row before all else, as everywhere. Of many who try at once one succeeds.
    requester = User.objects.select_for_update(of=("self",)).filter(role_assignments=given, is_active=True).first()
    if requester is None or not _usable(value, at=at).update(used_at=at):
        raise LinkNotUsable
    return extend(given, until=_same_again(given), reason=REASON, requester=requester, actor=actor, at=at)


def secret_for(event_id: UUID) -> str:
    # 256 bits that only this server can derive. The fact's id alone, which staff can read, tells nothing of it.
    return f"{PREFIX}_{salted_hmac('rbac.extensions', str(event_id), algorithm='sha256').hexdigest()}"


def digest_for(event_id: UUID) -> str:
    return secrets.digest_of(secret_for(event_id))


def _usable(value: str, *, at: datetime) -> QuerySet[ExpiryWarning]:
    stands = Q(assignment__ended_at=None, assignment__valid_until__gt=at)
    return ExpiryWarning.objects.filter(stands, digest=secrets.digest_of(value), used_at=None)


def _same_again(given: RoleAssignment) -> datetime:
    end = given.valid_until
    if end is None:
        raise NotExtensible
    return end + min(end - (given.valid_from or given.created_at), LONGEST)
