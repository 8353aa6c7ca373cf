"""Making, changing and deleting groups. What a group holds ends with it, and takes as much as ending that one by one."""

from datetime import datetime
from typing import TypedDict
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.errors import MovedMeanwhile
from common import scopes
from common.actors import Actor
from common.errors import NotFound, VersionMismatch
from events.bus import publish
from rbac.errors import GroupExists, InvalidGroupName, PrivilegeEscalation, Refused
from rbac.events import GroupChangeRefused, GroupCreated, GroupDeleted, GroupUpdated
from rbac.models import Group
from rbac.services import administrators, assignments, names, reach

TRAITS = ("title", "description", "scope")


class GroupChanges(TypedDict, total=False):
    title: str
    description: str
    scope: str


@transaction.atomic
def create(
    name: str, *, title: str = "", description: str = "", scope: str = scopes.ROOT, actor: Actor, at: datetime
) -> Group:
    """`scope` is where it is at home; the caller has asked whether the actor may make groups there."""
    home = scopes.checked(scope)
    group = Group(name=names.checked(name, InvalidGroupName), title=title, description=description, scope=home)
    group.created_at = group.updated_at = at
    try:
        with transaction.atomic():
            group.save(force_insert=True)
    except IntegrityError:
        raise GroupExists(f"There is a group named {name} already.") from None
    publish(GroupCreated(subject_id=group.pk, name=name, scope=home), actor=actor, at=at)
    return group


@transaction.atomic
def update(group: Group, *, changes: GroupChanges, if_version: int | None = None, actor: Actor, at: datetime) -> Group:
    """What the group is called never changes: others know it by its name."""
    scopes.checked(changes.get("scope", scopes.ROOT))
    seen_at, group = group.scope, locked(group, if_version)
    traits = {trait: changes.get(trait, getattr(group, trait)) for trait in TRAITS}
    changed = [trait for trait, value in traits.items() if getattr(group, trait) != value]
    if not changed:
        return group
    if "scope" in changed and group.scope != seen_at:
        raise MovedMeanwhile
    for trait in changed:
        setattr(group, trait, traits[trait])
    group.version, group.updated_at = group.version + 1, at
    group.save()
    fact = GroupUpdated(subject_id=group.pk, name=group.name, changed=sorted(changed), scope=group.scope)
    publish(fact, actor=actor, at=at)
    return group


@transaction.atomic
def delete(group: Group, *, if_version: int | None = None, actor: Actor, at: datetime) -> Refused | None:
    group = locked(group, if_version)
    held = list(group.role_assignments.open().select_related("role", "group"))
    rules = administrators.hold(held)
    if missing := reach.beyond_dissolving(actor, group, at=at):
        return refused(group, "delete", missing, actor=actor, at=at)
    for assignment in held:
        assignments.close(assignment, actor=actor, at=at)
    publish(GroupDeleted(subject_id=group.pk, name=group.name), actor=actor, at=at)
    group.delete()
    if rules:
        administrators.keep_one(at=at)
    return None


def locked(group: Group, if_version: int | None = None) -> Group:
    found = Group.objects.select_for_update().filter(pk=group.pk).first()
    if found is None:
        raise NotFound("There is no such group.")
    if if_version not in {None, found.version}:
        raise VersionMismatch
    return found


def refused(
    group: Group, attempted: str, missing: list[str], *, user_id: UUID | None = None, actor: Actor, at: datetime
) -> Refused:
    fact = GroupChangeRefused(
        subject_id=group.pk, name=group.name, attempted=attempted, user_id=user_id, missing=missing
    )
    publish(fact, actor=actor, at=at)
    return Refused(PrivilegeEscalation(missing, "where this group does"))
