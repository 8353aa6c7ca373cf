"""Making, changing and deleting roles. Nobody makes a role give, or stop giving, what she does not hold herself."""

from collections.abc import Iterable
from datetime import datetime
from typing import TypedDict

from django.db import IntegrityError, transaction

from common.actors import Actor
from common.errors import NotFound, VersionMismatch
from common.permissions import EVERYTHING
from events.bus import publish
from rbac import selectors
from rbac.errors import BuiltinRole, InvalidRoleName, PrivilegeEscalation, Refused, RoleExists, RoleInUse
from rbac.events import RoleChangeRefused, RoleCreated, RoleDeleted
from rbac.models import Role, RoleAssignment
from rbac.services import administrators, contents, duties, inheritance, names, policy
from rbac.services.contents import Contents

TRAITS = ("title", "description", "emergency_minutes")


class RoleChanges(TypedDict, total=False):
    title: str
    description: str
    emergency_minutes: int | None
    permissions: list[str]
    inherits: list[Role]


@transaction.atomic
def create(
    name: str,
    *,
    permissions: Iterable[str],
    inherits: Iterable[Role] = (),
    title: str = "",
    description: str = "",
    emergency_minutes: int | None = None,
    actor: Actor,
    at: datetime,
) -> Role | Refused:
    policy.lock()
    role = Role(name=names.checked(name, InvalidRoleName), title=title, description=description)
    role.emergency_minutes, role.created_at, role.updated_at = emergency_minutes, at, at
    wanted = Contents(contents.declared(permissions), frozenset(one.pk for one in inherits))
    inheritance.check(role, wanted.juniors)
    if missing := selectors.beyond(actor, wanted.effective(), at=at):
        return _refused(role, "create", missing, actor=actor, at=at)
    _insert(role)
    contents.put(role, wanted)
    duties.check_alone(role.pk, wanted.juniors)
    inherited = inheritance.names_of(wanted.juniors)
    fact = RoleCreated(subject_id=role.pk, name=name, permissions=sorted(wanted.patterns), inherits=inherited)
    publish(fact, actor=actor, at=at)
    return role


@transaction.atomic
def update(
    role: Role, *, changes: RoleChanges, if_version: int | None = None, actor: Actor, at: datetime
) -> Role | Refused:
    """What the role is called never changes: others know it by its name."""
    role, held = _locked(role, if_version)
    wanted = _wanted(held, changes)
    changed = _put(role, changes)
    is_more_than_words = held != wanted or "emergency_minutes" in changed
    if is_more_than_words and (missing := selectors.beyond(actor, held.with_all_of(wanted).effective(), at=at)):
        return _refused(role, "update", missing, actor=actor, at=at)
    if not changed and held == wanted:
        return role
    before = held.effective()
    if wanted.juniors - held.juniors:
        inheritance.check(role, wanted.juniors)
    contents.rewrite(role, wanted, changed=changed, actor=actor, at=at)
    if EVERYTHING in before:
        administrators.keep_one(at=at)
    return role


@transaction.atomic
def delete(role: Role, *, if_version: int | None = None, actor: Actor, at: datetime) -> Refused | None:
    role, held = _locked(role, if_version)
    if missing := selectors.beyond(actor, held.effective(), at=at):
        return _refused(role, "delete", missing, actor=actor, at=at)
    _refuse_in_use(role, at)
    # What is over stays told by the audit trail.
    RoleAssignment.objects.filter(role=role).delete()
    publish(RoleDeleted(subject_id=role.pk, name=role.name), actor=actor, at=at)
    role.delete()
    policy.changed()
    return None


def _insert(role: Role) -> None:
    try:
        with transaction.atomic():
            role.save(force_insert=True)
    except IntegrityError:
        raise RoleExists(f"There is a role named {role.name} already.") from None


def _locked(role: Role, if_version: int | None) -> tuple[Role, Contents]:
    policy.lock()
    found = Role.objects.select_for_update().filter(pk=role.pk).first()
    if found is None:
        raise NotFound
    if if_version not in {None, found.version}:
        raise VersionMismatch
    if found.is_builtin:
        raise BuiltinRole(f"{found.name} is built in. Make a role of your own that gives what you need.")
    return found, contents.of(found)


def _wanted(held: Contents, changes: RoleChanges) -> Contents:
    patterns = contents.declared(changes["permissions"]) if "permissions" in changes else held.patterns
    juniors = frozenset(one.pk for one in changes["inherits"]) if "inherits" in changes else held.juniors
    return Contents(patterns, juniors)


def _put(role: Role, changes: RoleChanges) -> list[str]:
    traits = {trait: changes.get(trait, getattr(role, trait)) for trait in TRAITS}
    changed = [trait for trait, value in traits.items() if getattr(role, trait) != value]
    for trait in changed:
        setattr(role, trait, traits[trait])
    return changed


def _refuse_in_use(role: Role, at: datetime) -> None:
    if RoleAssignment.objects.unfinished(at=at).filter(role=role).exists():
        raise RoleInUse(f"Somebody holds {role.name}, or soon will.")
    if seniors := inheritance.names_of(role.senior_links.values_list("senior_id", flat=True)):
        raise RoleInUse(f"Other roles inherit from {role.name}: {', '.join(seniors[:10])}.")
    if separation := role.separations.select_related("separation").first():
        raise RoleInUse(f"The separation of duty {separation.separation.name} names {role.name}.")


def _refused(role: Role, attempted: str, missing: list[str], *, actor: Actor, at: datetime) -> Refused:
    fact = RoleChangeRefused(subject_id=role.pk, name=role.name, attempted=attempted, missing=missing)
    publish(fact, actor=actor, at=at)
    return Refused(PrivilegeEscalation(missing, "everywhere"))
