"""Whom a plan may touch, and what they hold before and after it."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from accounts.models import ServiceAccount, User
from common.actors import ActorKind
from rbac import compiled
from rbac.decisions import Held
from rbac.graph import Graph
from rbac.models import Group, GroupMembership, Role, RoleAssignment
from rbac.policy_files import documents
from rbac.policy_files.differences import Comparison, Step, Verb
from rbac.policy_files.effects import Power, Powers
from rbac.selectors.subjects import known_among

WHAT_ROLES_GIVE = ("permissions", "inherits")
WHAT_GROUPS_GIVE = ("roles", "members")
AT_ONCE = 500


class Touched(NamedTuple):
    people: dict[UUID, str]
    machines: dict[UUID, str]


def touched(comparison: Comparison) -> Touched:
    """Asked before anything changes. A new role is nobody's yet but by a group, so groups and members tell of it."""
    return holding(_roles(comparison), _groups(comparison), newcomers=_newcomers(comparison))


def holding(
    roles: Collection[UUID], groups: Collection[UUID] = (), *, newcomers: Mapping[UUID, str] | None = None
) -> Touched:
    """Who has one of these roles, now or at another time, or is in a group that has, or in one of these."""
    given = RoleAssignment.objects.open().filter(role__in=roles)
    also = set(given.filter(group__isnull=False).values_list("group", flat=True))
    people = set(given.filter(user__isnull=False).values_list("user", flat=True))
    for some in _portions(also.union(groups)):
        people |= set(GroupMembership.objects.filter(group__in=some).values_list("user", flat=True))
    machines = given.filter(service_account__isnull=False).values("service_account")
    named = dict(ServiceAccount.objects.filter(pk__in=machines).values_list("pk", "name"))
    addresses = {**_by_id(people), **(newcomers or {})}
    return Touched(addresses, {pk: f"service_account {name}" for pk, name in named.items()})


def powers_of(whom: Touched, *, at: datetime, under: Graph | None = None) -> dict[str, Powers]:
    """What each of them holds now, or would hold if the roles were as in `under`; who is deactivated holds nothing."""
    alike: dict[tuple[tuple[str, str, frozenset[str]], ...], Powers] = {}
    found: dict[str, Powers] = {}
    for kind, names in ((ActorKind.USER, whom.people), (ActorKind.SERVICE_ACCOUNT, whom.machines)):
        for who, known in known_among(kind, names).items():
            present = known if under is None else known.under(under)
            # What a dynamic separation holds back from her, until a session chooses, she does not have.
            standing = [one for one in present.holding(at=at).held if known.is_active and one.stands(at)]
            key = tuple((one.role, one.scope, one.patterns) for one in standing)
            found[names[who]] = alike.setdefault(key, _powers(standing))
    return found


def _powers(held: Iterable[Held]) -> Powers:
    return frozenset(Power(one.role, one.scope, pattern) for one in held for pattern in one.patterns)


def _roles(comparison: Comparison) -> set[UUID]:
    """Those that will give something else, or will go together otherwise, and those that inherit from them."""
    names = {name for step in comparison.steps for name in _names_touched(step)}
    graph = compiled.graph()
    ids = set(Role.objects.filter(name__in=names).values_list("pk", flat=True))
    return ids.union(*(graph.seniors(role) for role in ids))


def _names_touched(step: Step) -> frozenset[str]:
    parts = [part for part in (step.before, step.after) if isinstance(part, documents.Separation)]
    if parts:
        return frozenset().union(*(part.roles for part in parts))
    gives_otherwise = any(each.field in WHAT_ROLES_GIVE for each in step.differences)
    return frozenset({step.part.name} if isinstance(step.part, documents.Role) and gives_otherwise else ())


def _groups(comparison: Comparison) -> set[UUID]:
    changed = [
        step.part.name
        for step in comparison.steps
        if isinstance(step.part, documents.Group)
        and (step.verb is Verb.REMOVE or any(each.field in WHAT_GROUPS_GIVE for each in step.differences))
    ]
    return set(Group.objects.filter(name__in=changed).values_list("pk", flat=True))


def _newcomers(comparison: Comparison) -> dict[UUID, str]:
    addresses = {address for step in comparison.steps for address in step.of("members").added}
    return dict(User.objects.filter(email_canonical__in=addresses).values_list("pk", "email"))


def _by_id(people: Collection[UUID]) -> dict[UUID, str]:
    found: dict[UUID, str] = {}
    for some in _portions(people):
        found |= dict(User.objects.filter(pk__in=some).values_list("pk", "email"))
    return found


def _portions(ids: Collection[UUID]) -> Iterator[list[UUID]]:
    in_order = sorted(ids)
    return (in_order[first : first + AT_ONCE] for first in range(0, len(in_order), AT_ONCE))
