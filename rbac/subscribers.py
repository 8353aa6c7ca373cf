"""What rbac does when it hears of others' facts."""

from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS
from django.db.models.signals import post_migrate
from django.utils import timezone

from accounts.events import (
    ServiceAccountDeactivated,
    ServiceAccountDeleted,
    ServiceAccountReactivated,
    UserDeactivated,
    UserErased,
    UserReactivated,
    UserUpdated,
)
from accounts.models import User
from common.actors import Actor
from common.errors import Unavailable
from events.bus import DomainEvent, after, on
from events.models import Event
from rbac import notices, standing
from rbac.events import GroupMemberAdded, GroupMemberRemoved, RoleAssigned, RoleAssignmentEnded
from rbac.events.standing import StandingUntold
from rbac.services import administrators, builtin


@on(UserDeactivated)
@on(UserErased)
def keep_an_administrator(event: UserDeactivated | UserErased, actor: Actor, at: datetime) -> None:
    """The last one who may do everything cannot go, not even by her own will. An erased one is still there when we hear of it."""
    del actor
    user = User.objects.filter(pk=event.subject_id).first()
    if user and administrators.hold_leaving(user, at=at):
        administrators.keep_one(without=user.pk, at=at)


@on(UserDeactivated)
@on(UserErased)
@on(UserReactivated)
@on(UserUpdated)
@on(ServiceAccountDeactivated)
@on(ServiceAccountDeleted)
@on(ServiceAccountReactivated)
def look_at_the_account_again(event: DomainEvent, actor: Actor, at: datetime) -> None:
    """Whether it is let in, and whether as a superuser, is remembered with what it holds."""
    del actor, at
    standing.changed(event.subject_id)


@on(RoleAssigned)
@on(RoleAssignmentEnded)
def look_at_the_roles_again(event: RoleAssigned | RoleAssignmentEnded, actor: Actor, at: datetime) -> None:
    del actor, at
    if event.group_id:
        standing.everybody_changed()
    standing.changed(*filter(None, [event.user_id, event.service_account_id]))


@on(GroupMemberAdded)
@on(GroupMemberRemoved)
def look_at_the_member_again(event: GroupMemberAdded | GroupMemberRemoved, actor: Actor, at: datetime) -> None:
    del actor, at
    standing.changed(event.user_id)


@after(StandingUntold, name="tokens.forget_standing", outside=True)
def tell_what_could_not_be_told(event: Event) -> None:
    if not standing.forget_everybody():
        raise Unavailable(f"Redis cannot be told of {event.pk}.")


def mirror_permissions(using: str, **migrated: Any) -> None:
    """Each model that has just got its table, or an empty one (`flush`), gets its permissions."""
    try:
        migrated.get("apps", apps).get_model("rbac", "Permission")
    except LookupError:  # only some apps were migrated, and not this one
        return
    if using == DEFAULT_DB_ALIAS:
        builtin.mirror_permissions(at=timezone.now())


post_migrate.connect(mirror_permissions, sender=apps.get_app_config("rbac"), dispatch_uid="rbac.mirror_permissions")

# Its letters register themselves.
__all__ = ["notices"]
