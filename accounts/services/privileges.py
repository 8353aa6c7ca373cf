"""What nobody gives or takes without having it, whatever roles he holds: to be staff, to be a superuser."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.events import PrivilegeRefused
from accounts.models import User
from common.actors import Actor, ActorKind
from common.errors import PermissionRefused, Refused
from common.permissions import EVERYTHING
from events.bus import publish

ALL = frozenset({"is_staff", "is_superuser"})


def lacking(touched: Iterable[str], *, actor: Actor) -> list[str]:
    """Which privileges the actor would give or take without having them: staff makes staff, superusers make superusers."""
    needed = sorted(ALL.intersection(touched))
    if not needed or actor.is_system:
        return []
    # A key that is good for less than everything is not good for this, whoever's it is.
    is_whole = actor.kind is ActorKind.USER and (actor.bounds is None or EVERYTHING in actor.bounds)
    herself = User.objects.filter(pk=actor.id, is_active=True).first() if is_whole and actor.id else None
    return [name for name in needed if not getattr(herself, name, False)]


@transaction.atomic
def refused(user_id: UUID, attempted: str, missing: list[str], *, actor: Actor, at: datetime) -> Refused:
    publish(PrivilegeRefused(subject_id=user_id, attempted=attempted, missing=missing), actor=actor, at=at)
    return Refused(PermissionRefused(f"You need to have {' and '.join(missing)} yourself."))
