"""Which roles inherit from which, read from the rows themselves: whoever asks here is about to change them, or holds the lock."""

from collections.abc import Iterable
from uuid import UUID

from common.errors import NotFound
from rbac import hierarchy
from rbac.errors import InheritanceTooDeep, RoleCycle, TooManyJuniors
from rbac.models import Role, RoleInheritance, RolePermission

MOST_JUNIORS = 100
MOST_LEVELS = 32

Found = dict[UUID, set[UUID]]


def below(roles: Iterable[UUID]) -> Found:
    """The links from these roles downwards. One query for each level."""
    return _walked(roles, "senior_id", "junior_id")


def above(roles: Iterable[UUID]) -> Found:
    """The links from these roles upwards: to those that inherit from them."""
    return _walked(roles, "junior_id", "senior_id")


def comes_to(roles: Iterable[UUID]) -> frozenset[UUID]:
    """These roles and all that they inherit."""
    wanted = frozenset(roles)
    return hierarchy.reached(below(wanted), wanted)


def given_by(roles: Iterable[UUID]) -> frozenset[str]:
    """All that these roles give, inherited or their own."""
    return frozenset(RolePermission.objects.filter(role__in=comes_to(roles)).values_list("pattern", flat=True))


def juniors_of(role: Role) -> frozenset[UUID]:
    return frozenset(role.junior_links.values_list("junior_id", flat=True))


def check(role: Role, juniors: frozenset[UUID]) -> None:
    """Whether `role` may inherit from just these. The caller holds the policy locked."""
    if len(juniors) > MOST_JUNIORS:
        raise TooManyJuniors(f"A role inherits from at most {MOST_JUNIORS} others.")
    if Role.objects.filter(pk__in=juniors).count() < len(juniors):
        raise NotFound("There is no such role.")
    links = below(juniors)
    _refuse_ring(role, juniors, links)
    if 1 + hierarchy.depth(links, juniors) + hierarchy.depth(above([role.pk]), [role.pk]) > MOST_LEVELS and juniors:
        raise InheritanceTooDeep(f"Roles inherit over at most {MOST_LEVELS} levels.")


def put(role: Role, juniors: frozenset[UUID]) -> None:
    role.junior_links.exclude(junior__in=juniors).delete()
    new = sorted(juniors - juniors_of(role))
    RoleInheritance.objects.bulk_create(RoleInheritance(senior=role, junior_id=junior) for junior in new)


def names_of(roles: Iterable[UUID]) -> list[str]:
    return list(Role.objects.filter(pk__in=list(roles)).order_by("name").values_list("name", flat=True))


def _refuse_ring(role: Role, juniors: Iterable[UUID], links: hierarchy.Links) -> None:
    ways = (hierarchy.way(links, junior, role.pk) for junior in sorted(juniors))
    ring = next(filter(None, ways), None)
    if ring:
        named = dict(Role.objects.filter(pk__in=ring).values_list("pk", "name"))
        raise RoleCycle([role.name, *(named[step] for step in ring)])


def _walked(start: Iterable[UUID], here: str, there: str) -> Found:
    links: Found = {}
    ahead, seen = set(start), set[UUID]()
    while ahead:
        seen |= ahead
        found = list(RoleInheritance.objects.filter(**{f"{here}__in": ahead}).values_list(here, there))
        for one, other in found:
            links.setdefault(one, set()).add(other)
        ahead = {other for _, other in found} - seen
    return links
