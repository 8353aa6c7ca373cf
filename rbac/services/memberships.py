"""Who is in a group, and so holds what it holds. Nobody gives or takes, by this way, what she does not hold herself."""

from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.models import User
from common.actors import Actor
from common.errors import NotFound
from events.bus import publish
from rbac.errors import AlreadyMember, Refused
from rbac.events import GroupMemberAdded, GroupMemberRemoved
from rbac.models import Group, GroupMembership
from rbac.services import administrators, duties, groups, reach


@transaction.atomic
def add(group: Group, user: User, *, actor: Actor, at: datetime) -> GroupMembership | Refused:
    group = _locked(group, user)
    apart = duties.hold(one.role_id for one in group.role_assignments.unfinished(at=at))
    if missing := reach.beyond_joining(actor, group, at=at):
        return groups.refused(group, "add_member", missing, user_id=user.pk, actor=actor, at=at)
    member = GroupMembership(group=group, user=user, added_by=actor.id, created_at=at)
    try:
        with transaction.atomic():
            member.save(force_insert=True)
    except IntegrityError:
        raise AlreadyMember(f"She is in {group.name} already.") from None
    duties.check_holder(user, apart, at=at)
    publish(GroupMemberAdded(subject_id=group.pk, name=group.name, user_id=user.pk), actor=actor, at=at)
    return member


@transaction.atomic
def remove(group: Group, user: User, *, actor: Actor, at: datetime) -> Refused | None:
    """`NotFound` where she is not in it."""
    group = _locked(group, user)
    rules = administrators.hold(group.role_assignments.unfinished(at=at))
    found = GroupMembership.objects.filter(group=group, user=user)
    if not found.exists():
        raise NotFound("She is not in this group.")
    if missing := reach.beyond_leaving(actor, group, user, at=at):
        return groups.refused(group, "remove_member", missing, user_id=user.pk, actor=actor, at=at)
    found.delete()
    publish(GroupMemberRemoved(subject_id=group.pk, name=group.name, user_id=user.pk), actor=actor, at=at)
    if rules:
        administrators.keep_one(at=at)
    return None


def _locked(group: Group, user: User) -> Group:
    # People before groups, as everywhere.
    if not User.objects.select_for_update().filter(pk=user.pk).exists():
        raise NotFound("There is no such user.")
    return groups.locked(group)
