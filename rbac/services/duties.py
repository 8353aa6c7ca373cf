"""Separation of duty, held to wherever somebody comes to hold a role or a role comes to inherit: under the lock of the policy."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.models import ServiceAccount, User
from rbac import hierarchy, separation
from rbac.errors import BrokenByOneRole, DutiesNotSeparate
from rbac.models import Group, GroupMembership, RoleAssignment, SeparationKind, SeparationOfDuty
from rbac.separation import Exceeded, Separation
from rbac.services import inheritance, policy

MOST_TOLD = 5
STATIC = (SeparationKind.STATIC,)
Holders = dict[UUID, set[UUID]]


def hold(roles: Iterable[UUID]) -> list[Separation]:
    """Hold the policy while somebody comes to hold these roles. What concerns them then is to be checked afterwards."""
    wanted = list(roles)
    is_alone = policy.hold(alone_if=lambda: concerning(wanted))
    return concerning(wanted) if is_alone else []


def sets_of(*kinds: SeparationKind) -> list[Separation]:
    rows = SeparationOfDuty.objects.filter(kind__in=kinds).prefetch_related("separated").order_by("name")
    return [value_of(row) for row in rows]


def value_of(row: SeparationOfDuty) -> Separation:
    return Separation(name=row.name, roles=frozenset(one.role_id for one in row.separated.all()), limit=row.limit)


def concerning(roles: Collection[UUID], *, kinds: Iterable[SeparationKind] = STATIC) -> list[Separation]:
    """The separations that name one of the roles, or one that they inherit."""
    sets = sets_of(*kinds)
    counted = inheritance.comes_to(roles) if sets else frozenset()
    return [one for one in sets if not one.roles.isdisjoint(counted)]


def check_holder(holder: User | ServiceAccount | Group, sets: Collection[Separation], *, at: datetime) -> None:
    """After the holder has come to hold what these concern: of a group each member counts."""
    if sets:
        _refuse(sets, _holdings(sets, at=at, of=holder), names_holders=False)


def check_heirs_of(juniors: Collection[UUID], *, senior: UUID, at: datetime) -> None:
    """After a role has come to inherit from these: whoever has it, or one above it, has them now."""
    check_alone(senior, juniors)
    if juniors and (sets := concerning(juniors)):
        _refuse(sets, _holdings(sets, at=at), names_holders=False)


def check_alone(senior: UUID, juniors: Collection[UUID]) -> None:
    """After a role has come to inherit from these: neither it nor one above it may break a separation all by itself."""
    if juniors and (sets := concerning(juniors, kinds=SeparationKind)):
        changed = hierarchy.reached(inheritance.above([senior]), [senior])
        _refuse_alone(sets, field="inherits", among=changed)


def check_every_role(one: Separation) -> None:
    """After a separation was made or changed: no role may break it all by itself."""
    _refuse_alone([one], field="roles")


def check_everybody(one: Separation, *, at: datetime) -> None:
    """After a separation was made or became stricter."""
    _refuse([one], _holdings([one], at=at), names_holders=True)


def check_together(roles: Collection[UUID]) -> None:
    """Whether these roles may be active in one session."""
    closures = _closures(frozenset(roles))
    if found := _first_exceeded(sets_of(SeparationKind.DYNAMIC), closures):
        raise DutiesNotSeparate(
            found.separation.name, roles=inheritance.names_of(found.roles), limit=found.separation.limit
        )


def _holdings(
    sets: Collection[Separation], *, at: datetime, of: User | ServiceAccount | Group | None = None
) -> Holders:
    """Who holds what comes to a role of the sets, now or later, directly and through groups."""
    named = frozenset(role for one in sets for role in one.roles)
    heirs = hierarchy.reached(inheritance.above(named), named)
    given = RoleAssignment.objects.unfinished(at=at).filter(role__in=heirs)
    found: Holders = defaultdict(set)
    own: Any = given.filter(group=None, **_whose(of)).values_list("user", "service_account", "role")
    for user, machine, role in own:
        found[user or machine].add(role)
    # Machines are in no groups.
    if not isinstance(of, ServiceAccount):
        members = GroupMembership.objects.filter(group__role_assignments__in=given, **_whose(of))
        for user, role in members.values_list("user", "group__role_assignments__role"):
            found[user].add(role)
    return found


def _whose(of: User | ServiceAccount | Group | None) -> dict[str, Any]:
    if of is None:
        return {}
    if isinstance(of, Group):
        return {"user__in": of.memberships.values("user")}
    return {"user" if isinstance(of, User) else "service_account": of}


def _refuse(sets: Collection[Separation], holders: Holders, *, names_holders: bool) -> None:
    closures = _closures(frozenset(role for roles in holders.values() for role in roles))
    found = {who: _first_exceeded(sets, {role: closures[role] for role in roles}) for who, roles in holders.items()}
    violations = {who: exceeded for who, exceeded in sorted(found.items()) if exceeded}
    if not violations:
        return
    worst = next(iter(violations.values()))
    raise DutiesNotSeparate(
        worst.separation.name,
        roles=inheritance.names_of(worst.roles),
        limit=worst.separation.limit,
        violations=len(violations),
        holders=[str(who) for who in violations][: MOST_TOLD if names_holders else 0],
    )


def _refuse_alone(sets: Collection[Separation], *, field: str, among: Collection[UUID] | None = None) -> None:
    # Roles above the sets, too: whoever holds or uses one has all that it inherits, so nobody could have that one either.
    named = frozenset(role for one in sets for role in one.roles)
    seniors = inheritance.above(named)
    alone = {role: told for role, told in _come_to(named, seniors).items() if among is None or role in among}
    broken = {role: found for role, told in alone.items() if (found := _first_exceeded(sets, {role: told}))}
    if not broken:
        return
    # Whatever inherits from one that breaks it breaks it too; the lowest is the cause.
    lowest = broken.keys() - {above for role in broken for above in seniors.get(role, ())}
    worst = min(lowest or broken)
    raise BrokenByOneRole(
        broken[worst].separation.name,
        role=inheritance.names_of([worst])[0],
        roles=inheritance.names_of(broken[worst].roles),
        limit=broken[worst].separation.limit,
        field=field,
    )


def _come_to(roles: Iterable[UUID], seniors: hierarchy.Links) -> separation.Closures:
    """These roles and all above them, each with those of them that it comes to: walked from the few below to the many above."""
    found: dict[UUID, set[UUID]] = defaultdict(set)
    for role in roles:
        for heir in hierarchy.reached(seniors, [role]):
            found[heir].add(role)
    return found


def _first_exceeded(sets: Collection[Separation], held: separation.Closures) -> Exceeded | None:
    return next(iter(separation.exceeded(sets, held)), None)


def _closures(roles: frozenset[UUID]) -> separation.Closures:
    links = inheritance.below(roles)
    return {role: hierarchy.reached(links, [role]) for role in roles}
