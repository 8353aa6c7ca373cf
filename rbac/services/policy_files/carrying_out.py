"""A policy file against the policy that is there: planned by carrying it out and taking that back, or carried out for good.

So a plan says what would really happen: what a service would refuse, what the tests would say, who would gain and lose.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from common.actors import Actor
from common.errors import DomainError
from rbac.errors.policy_files import Fault, InvalidPolicyFile
from rbac.policy_files import references
from rbac.policy_files.differences import Comparison, compare
from rbac.policy_files.documents import Document
from rbac.policy_files.effects import Effect, effects
from rbac.services.policy_files import holders, judging, present, surroundings
from rbac.services.policy_files.acts import Act, acts


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`refusals` are what the services would not do, `failures` the tests that would not hold: with either, nothing is done."""

    comparison: Comparison
    effects: tuple[Effect, ...] = ()
    refusals: tuple[Fault, ...] = ()
    failures: tuple[Fault, ...] = ()

    @property
    def may_stand(self) -> bool:
        return not self.refusals and not self.failures


def plan(document: Document, *, prune: bool, actor: Actor, at: datetime) -> Outcome:
    """What `apply` would do. Raises `InvalidPolicyFile` where the file names what is not there."""
    with transaction.atomic():
        outcome = _carry_out(document, prune=prune, actor=actor, at=at)
        transaction.set_rollback(True)
    return outcome


def apply(document: Document, *, prune: bool, actor: Actor, at: datetime) -> Outcome:
    """All of it or, where it may not stand, nothing."""
    with transaction.atomic():
        outcome = _carry_out(document, prune=prune, actor=actor, at=at)
        if not outcome.may_stand:
            transaction.set_rollback(True)
    return outcome


def _carry_out(document: Document, *, prune: bool, actor: Actor, at: datetime) -> Outcome:
    surroundings.lock(document)
    if faults := references.faults_of(document, surroundings.known(document, prune=prune)):
        raise InvalidPolicyFile(faults)
    lists_members = any(group.members is not None for group in document.groups or ())
    comparison = compare(present.document(with_members=lists_members, at=at), document, prune=prune)
    whom = holders.touched(comparison)
    before = holders.powers_of(whom, at=at)
    if refusals := _refusals(acts(comparison.steps), actor=actor, at=at):
        return Outcome(comparison=comparison, refusals=tuple(refusals))
    failures = judging.failures(document.tests, at=at)
    changes = effects(before, holders.powers_of(whom, at=at))
    return Outcome(comparison=comparison, effects=tuple(changes), failures=tuple(failures))


def _refusals(waiting: Iterable[Act], *, actor: Actor, at: datetime) -> list[Fault]:
    """What stays refused when all else is done: that one comes before the other must not matter."""
    waiting = list(waiting)
    while waiting:
        refused = [(act, fault) for act in waiting if (fault := _tried(act, actor=actor, at=at))]
        if len(refused) == len(waiting):
            return [fault for _, fault in refused]
        waiting = [act for act, _ in refused]
    return []


def _tried(act: Act, *, actor: Actor, at: datetime) -> Fault | None:
    try:
        with transaction.atomic():
            act.do(act.step, actor, at)
    except DomainError as refusal:
        return Fault(act.step.part.line, f"{act.step.part.kind} {act.step.part.name}: {refusal.detail}")
    return None
