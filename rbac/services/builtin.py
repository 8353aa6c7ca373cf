"""The permissions that guard this server and the roles that come with it: laid down by `bootstrap`, mended when they drift."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from common import permissions
from common.actors import SYSTEM
from events.bus import publish
from rbac import mirror
from rbac.events import RoleCreated
from rbac.models import Permission, Role
from rbac.services import contents, policy
from rbac.services.contents import Contents


@dataclass(frozen=True, slots=True)
class Builtin:
    title: str
    description: str
    patterns: frozenset[str]


ROLES = {
    "administrator": Builtin("Administrator", "May do everything.", frozenset({permissions.EVERYTHING})),
    "user-manager": Builtin(
        "User manager",
        "Looks after people, their groups, their sessions and their roles, below her own rank.",
        frozenset(
            {
                *("user:*", "group:*", "session:view", "session:end"),
                *("role_assignment:view", "role_assignment:add", "role_assignment:delete"),
                *("role:view", "permission:view"),
            }
        ),
    ),
    # No view shows a secret: keys are seen by their public half, links and passwords not at all.
    "auditor": Builtin("Auditor", "Sees everything and changes nothing.", frozenset({"*:view"})),
    "support": Builtin(
        "Support",
        "Helps people back in: looks them up, unlocks them, has a reset mailed, ends their sessions.",
        frozenset(
            {
                "user:view",
                "user:unlock",
                "user:send_password_reset",
                "session:view",
                "session:end",
                "role_assignment:view",
            }
        ),
    ),
}


@transaction.atomic
def install(*, at: datetime) -> None:
    """Safe to run again, and on two nodes at once: who comes second finds it done."""
    mirror_permissions(at=at)
    policy.lock()
    for name, wanted in sorted(ROLES.items()):
        _install_role(name, wanted, at=at)


def mirror_permissions(*, at: datetime) -> None:
    wanted = mirror.builtin_permissions()
    declared = set(Permission.objects.filter(is_builtin=True).values_list("name", flat=True))
    new = sorted(wanted.keys() - declared)
    Permission.objects.filter(name__in=new).update(is_builtin=True)
    Permission.objects.bulk_create(
        [Permission(name=name, description=wanted[name], is_builtin=True, created_at=at) for name in new],
        ignore_conflicts=True,
    )


def _install_role(name: str, wanted: Builtin, *, at: datetime) -> None:
    traits = {"title": wanted.title, "description": wanted.description, "is_builtin": True}
    held = Contents(wanted.patterns, juniors=frozenset())
    made, is_new = Role.objects.get_or_create(name=name, defaults={**traits, "created_at": at, "updated_at": at})
    if is_new:
        contents.put(made, held)
        fact = RoleCreated(subject_id=made.pk, name=name, permissions=sorted(wanted.patterns), inherits=[])
        publish(fact, actor=SYSTEM, at=at)
        return
    role = Role.objects.select_for_update().get(pk=made.pk)
    changed = [trait for trait, value in traits.items() if getattr(role, trait) != value]
    for trait in changed:
        setattr(role, trait, traits[trait])
    if changed or contents.of(role) != held:
        contents.rewrite(role, held, changed=changed, actor=SYSTEM, at=at)
