"""Groups as a file wants them: what they are, what they hold, who is in them."""

from datetime import datetime

from accounts.models import User
from common.actors import Actor
from rbac.models import Group, RoleAssignment
from rbac.policy_files import documents
from rbac.policy_files.differences import Step
from rbac.services import assignments, groups, memberships
from rbac.services.policy_files import present
from rbac.services.policy_files.changing_roles import called
from rbac.services.policy_files.refusals import granted


def create(step: Step, actor: Actor, at: datetime) -> None:
    groups.create(step.part.name, **_traits(step), actor=actor, at=at)


def update(step: Step, actor: Actor, at: datetime) -> None:
    groups.update(_group(step), changes=_traits(step), actor=actor, at=at)


def delete(step: Step, actor: Actor, at: datetime) -> None:
    granted(groups.delete(_group(step), actor=actor, at=at))


def take(step: Step, actor: Actor, at: datetime) -> None:
    group = _group(step)
    for given in step.of("roles").removed:
        for held in present.lasting(at).filter(group=group, role__name=given.role, scope=given.scope):
            granted(assignments.end(held, actor=actor, at=at))
    for address in step.of("members").removed:
        granted(memberships.remove(group, _person(address), actor=actor, at=at))


def give(step: Step, actor: Actor, at: datetime) -> None:
    group = _group(step)
    for given in step.of("roles").added:
        (role,) = called([given.role])
        # One that runs out, or has not begun, makes room for the one that lasts.
        for held in RoleAssignment.objects.unfinished(at=at).of(group).filter(role=role, scope=given.scope):
            granted(assignments.end(held, actor=actor, at=at))
        granted(assignments.assign(group, role, scope=given.scope, actor=actor, at=at))
    for address in step.of("members").added:
        granted(memberships.add(group, _person(address), actor=actor, at=at))


def _group(step: Step) -> Group:
    return Group.objects.get(name=step.part.name)


def _person(address: str) -> User:
    return User.objects.get(email_canonical=address)


def _traits(step: Step) -> groups.GroupChanges:
    said = step.part
    assert isinstance(said, documents.Group)  # noqa: S101  for the type checker
    return {"title": said.title, "description": said.description, "scope": said.scope}
