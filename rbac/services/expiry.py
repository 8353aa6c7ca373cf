"""Telling people, once and in time, that a role of theirs is about to end."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import DateTimeField, ExpressionWrapper, F, Value
from django.db.models.functions import Coalesce

from accounts.models import User
from common.actors import Actor
from events.bus import publish
from rbac.events.requests import RoleAssignmentExpiring
from rbac.models import ExpiryWarning, RoleAssignment, RoleAssignmentQuerySet
from rbac.services import extensions

BATCH = 200


def warn(*, actor: Actor, at: datetime) -> int:
    """Tell of what ends soon, a bounded batch at a time. Of two who do so at once, one does."""
    return sum(_warn(given, actor=actor, at=at) for given in _to_tell_of(at=at)[:BATCH])


def _to_tell_of(*, at: datetime) -> RoleAssignmentQuerySet:
    """What was given for no longer than the warning comes early had its end told when it was given."""
    lead = settings.ROLE_EXPIRY_WARNING
    begins = Coalesce("valid_from", "created_at", output_field=DateTimeField())
    told_when_given = ExpressionWrapper(begins + Value(lead), output_field=DateTimeField())
    soon = RoleAssignment.objects.unfinished(at=at).filter(valid_until__lte=at + lead, expiry_warning=None)
    rows = soon.annotate(told_when_given=told_when_given).filter(valid_until__gt=F("told_when_given"))
    return rows.select_related("role").order_by("valid_until")


@transaction.atomic
def _warn(given: RoleAssignment, *, actor: Actor, at: datetime) -> bool:
    mark, is_new = ExpiryWarning.objects.get_or_create(assignment=given, defaults={"created_at": at})
    if not is_new or given.valid_until is None:
        return False
    fact = RoleAssignmentExpiring(
        subject_id=given.pk,
        role_id=given.role_id,
        role=given.role.name,
        scope=given.scope,
        valid_until=given.valid_until,
        told_id=_reader_of(given),
    )
    told = publish(fact, actor=actor, at=at)
    if given.user_id:
        mark.digest = extensions.digest_for(told.pk)
        mark.save(update_fields=["digest"])
    return True


def _reader_of(given: RoleAssignment) -> UUID | None:
    """Of a machine's role, or a group's, whoever gave it: machines read no mail, and a group is nobody's."""
    if given.user_id:
        return given.user_id
    return User.objects.filter(pk__in=filter(None, [given.assigned_by])).values_list("pk", flat=True).first()
