"""The tests in a policy file, asked of the policy as it is at this moment of the transaction."""

from collections.abc import Iterable
from datetime import datetime

from accounts.models import ServiceAccount, User
from rbac import compiled, decisions, selectors
from rbac.decisions import Decision, Held
from rbac.errors.policy_files import Fault
from rbac.models import Group
from rbac.policy_files.documents import Claim


def failures(claims: Iterable[Claim], *, at: datetime) -> list[Fault]:
    """Those that do not hold, each with the reason of the decision that says otherwise."""
    found = ((claim, _fault_of(claim, at=at)) for claim in claims)
    return [Fault(claim.line, f"{claim}: {fault}") for claim, fault in found if fault]


def _fault_of(claim: Claim, *, at: datetime) -> str | None:
    decision = _decided(claim, at=at)
    if decision is None:
        # Else a misspelt name would prove every "may not".
        return f"there is no such {claim.kind}"
    return None if decision.allowed is claim.allowed else decision.because


def _decided(claim: Claim, *, at: datetime) -> Decision | None:
    if claim.kind == "group":
        group = Group.objects.filter(name=claim.name).first()
        return _of_group(group, claim, at=at) if group else None
    holder: User | ServiceAccount | None
    if claim.kind == "user":
        holder = User.objects.at_address(claim.name).first()
    else:
        holder = ServiceAccount.objects.filter(name=claim.name).first()
    return selectors.may(holder, claim.permission, scope=claim.scope, at=at) if holder else None


def _of_group(group: Group, claim: Claim, *, at: datetime) -> Decision:
    """What a member has by the group alone."""
    graph = compiled.graph()
    held = tuple(
        Held(
            assignment_id=given.pk,
            role_id=given.role_id,
            role=given.role.name,
            scope=given.scope,
            graph=graph,
            group=group.name,
            valid_from=given.valid_from,
            valid_until=given.valid_until,
        )
        for given in group.role_assignments.open().select_related("role").order_by("id")
    )
    return decisions.decide(graph, held, claim.permission, claim.scope, at)
