"""Separations of duty as a file wants them."""

from datetime import datetime
from typing import Any

from common.actors import Actor
from rbac.models import SeparationOfDuty
from rbac.policy_files import documents
from rbac.policy_files.differences import Step
from rbac.services import separation
from rbac.services.policy_files.changing_roles import called
from rbac.services.policy_files.refusals import granted


def create(step: Step, actor: Actor, at: datetime) -> None:
    granted(separation.create(step.part.name, **_content(step), actor=actor, at=at))


def update(step: Step, actor: Actor, at: datetime) -> None:
    row = SeparationOfDuty.objects.get(name=step.part.name)
    granted(separation.update(row, changes=_content(step), actor=actor, at=at))


def delete(step: Step, actor: Actor, at: datetime) -> None:
    granted(separation.delete(SeparationOfDuty.objects.get(name=step.part.name), actor=actor, at=at))


def _content(step: Step) -> Any:
    said = step.part
    assert isinstance(said, documents.Separation)  # noqa: S101  for the type checker
    return {"description": said.description, "kind": said.sort, "limit": said.limit, "roles": called(said.roles)}
