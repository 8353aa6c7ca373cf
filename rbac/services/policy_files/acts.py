"""Each step of a plan as calls of the services, in an order in which few of them stand in each other's way.

What a group lays down is taken before anything is given, and roles come from the juniors upwards, which never closes a ring
on the way. Whoever carries them out tries again later what is refused.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from graphlib import TopologicalSorter
from typing import NamedTuple

from common.actors import Actor
from rbac.policy_files import documents
from rbac.policy_files.differences import Step, Verb
from rbac.services.policy_files import changing_groups, changing_roles, changing_separations

Do = Callable[[Step, Actor, datetime], None]

ORDER: tuple[tuple[type[documents.Part], Verb, Do], ...] = (
    (documents.Permission, Verb.ADD, changing_roles.declare),
    (documents.Permission, Verb.CHANGE, changing_roles.describe),
    (documents.Role, Verb.ADD, changing_roles.create),
    (documents.Group, Verb.ADD, changing_groups.create),
    (documents.Separation, Verb.REMOVE, changing_separations.delete),
    (documents.Separation, Verb.CHANGE, changing_separations.update),
    (documents.Group, Verb.REMOVE, changing_groups.delete),
    (documents.Group, Verb.CHANGE, changing_groups.take),
    (documents.Role, Verb.CHANGE, changing_roles.update),
    (documents.Group, Verb.CHANGE, changing_groups.update),
    (documents.Group, Verb.CHANGE, changing_groups.give),
    (documents.Group, Verb.ADD, changing_groups.give),
    (documents.Separation, Verb.ADD, changing_separations.create),
    (documents.Role, Verb.REMOVE, changing_roles.delete),
    (documents.Permission, Verb.REMOVE, changing_roles.withdraw),
)


class Act(NamedTuple):
    step: Step
    do: Do


def acts(steps: Iterable[Step]) -> Iterator[Act]:
    juniors_first = _juniors_first(steps)
    for kind, verb, do in ORDER:
        wanted = [step for step in juniors_first if isinstance(step.part, kind) and step.verb is verb]
        yield from (Act(step, do) for step in (reversed(wanted) if verb is Verb.REMOVE else wanted))


def _juniors_first(steps: Iterable[Step]) -> list[Step]:
    steps = list(steps)
    below = {step.part.name: step.part.inherits for step in steps if isinstance(step.part, documents.Role)}
    places = {name: place for place, name in enumerate(TopologicalSorter(below).static_order())}
    return sorted(steps, key=lambda step: places.get(step.part.name, 0))
