"""Permissions and roles as a file wants them."""

from collections.abc import Iterable
from datetime import datetime

from common.actors import Actor
from common.errors import NotFound
from rbac.models import Permission, Role
from rbac.policy_files import documents
from rbac.policy_files.differences import Step
from rbac.services import permissions, roles
from rbac.services.policy_files.refusals import granted


def declare(step: Step, actor: Actor, at: datetime) -> None:
    permissions.declare(step.part.name, description=step.part.description, actor=actor, at=at)


def describe(step: Step, actor: Actor, at: datetime) -> None:
    permissions.describe(_declared(step), step.part.description, actor=actor, at=at)


def withdraw(step: Step, actor: Actor, at: datetime) -> None:
    permissions.remove(_declared(step), actor=actor, at=at)


def create(step: Step, actor: Actor, at: datetime) -> None:
    granted(roles.create(step.part.name, **_content(step), actor=actor, at=at))


def update(step: Step, actor: Actor, at: datetime) -> None:
    (role,) = called([step.part.name])
    granted(roles.update(role, changes=_content(step), actor=actor, at=at))


def delete(step: Step, actor: Actor, at: datetime) -> None:
    (role,) = called([step.part.name])
    granted(roles.delete(role, actor=actor, at=at))


def called(names: Iterable[str]) -> list[Role]:
    wanted = sorted(names)
    found = list(Role.objects.filter(name__in=wanted).order_by("name"))
    if missing := sorted(set(wanted) - {role.name for role in found}):
        raise NotFound(f"There is no role {', '.join(missing)}.")
    return found


def _declared(step: Step) -> Permission:
    # The policy's lock does not hold permissions: one may have been removed since the comparison.
    found = Permission.objects.filter(name=step.part.name).first()
    if found is None:
        raise NotFound(f"There is no permission {step.part.name}.")
    return found


def _content(step: Step) -> roles.RoleChanges:
    said = step.part
    assert isinstance(said, documents.Role)  # noqa: S101  for the type checker
    return {
        "title": said.title,
        "description": said.description,
        "emergency_minutes": said.emergency_minutes,
        "permissions": sorted(said.permissions),
        "inherits": called(said.inherits),
    }
