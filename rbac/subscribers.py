"""What rbac does when it hears of others' facts."""

from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS
from django.db.models.signals import post_migrate
from django.utils import timezone

from accounts.events import UserDeactivated, UserErased
from accounts.models import User
from common.actors import Actor
from events.bus import on
from rbac import selectors
from rbac.services import administrators, builtin


@on(UserDeactivated)
@on(UserErased)
def keep_an_administrator(event: UserDeactivated | UserErased, actor: Actor, at: datetime) -> None:
    """The last one who may do everything cannot go, not even by her own will. An erased one is still there when we hear of it."""
    del actor
    user = User.objects.filter(pk=event.subject_id).first()
    if user and selectors.is_administrator(user, at=at):
        administrators.lock()
        administrators.keep_one(without=user.pk, at=at)


def mirror_permissions(using: str, **migrated: Any) -> None:
    """Each model that has just got its table, or an empty one (`flush`), gets its permissions."""
    try:
        migrated.get("apps", apps).get_model("rbac", "Permission")
    except LookupError:  # only some apps were migrated, and not this one
        return
    if using == DEFAULT_DB_ALIAS:
        builtin.mirror_permissions(at=timezone.now())


post_migrate.connect(mirror_permissions, sender=apps.get_app_config("rbac"), dispatch_uid="rbac.mirror_permissions")
