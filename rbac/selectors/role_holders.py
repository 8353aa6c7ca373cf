"""Who holds a role, and how: by herself, through a group, by a role above it. Page by page, each at the same cost."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q

from rbac import compiled, hierarchy
from rbac.graph import Graph
from rbac.models import Group, GroupMembership, Role, RoleAssignment, RoleAssignmentQuerySet
from rbac.models.assignments import HOLDERS
from rbac.models.groups import GroupQuerySet
from rbac.selectors.searches import Ids, Window, after


class Grip(NamedTuple):
    """One way by which somebody holds the role. `path` names the roles from the one assigned down to this one."""

    holder: UUID
    given: RoleAssignment
    group: Group | None
    path: tuple[str, ...]


class Grips(NamedTuple):
    """One page. `last` is the holder after whom the next one starts; empty where nobody is left."""

    found: list[Grip]
    last: str


class Sight(NamedTuple):
    """The assignments and groups of which who asks may know. Of a group that she may not see, she sees no members."""

    given: RoleAssignmentQuerySet
    groups: GroupQuerySet


def holders_of(role: Role, *, sight: Sight, window: Window, at: datetime) -> Grips:
    graph = compiled.graph()
    above = {role.pk, *graph.seniors(role.pk)}
    given = sight.given.standing(at=at).filter(role__in=above)
    ahead = sorted(set(chain.from_iterable(after(ids, window) for ids in _lists(given, sight.groups))))
    page = ahead[: window.limit]
    paths = _paths(graph, above, role.pk)
    held = sorted(_held_by(page, given, sight.groups), key=lambda each: (each[0], str(each[1].pk)))
    found = [Grip(who, one, one.group, paths[one.role_id]) for who, one in held]
    return Grips(found, str(page[-1]) if len(ahead) > window.limit else "")


def _lists(given: RoleAssignmentQuerySet, groups: GroupQuerySet) -> list[Ids]:
    known = list(groups.filter(role_assignments__in=given).values_list("pk", flat=True).distinct())
    return [
        given.filter(user__isnull=False).values_list("user", flat=True),
        given.filter(service_account__isnull=False).values_list("service_account", flat=True),
        given.filter(group__isnull=False).exclude(group__in=known).values_list("group", flat=True),
        GroupMembership.objects.filter(group__in=known).values_list("user", flat=True),
    ]


def _held_by(
    page: list[UUID], given: RoleAssignmentQuerySet, groups: GroupQuerySet
) -> Iterator[tuple[UUID, RoleAssignment]]:
    their_groups = _groups_of(page, groups)
    whose = Q(group__in=their_groups)
    for holder in HOLDERS:
        whose |= Q(**{f"{holder}__in": page})
    for one in given.filter(whose).select_related("role", "group"):
        if one.group_id in their_groups:
            yield from ((member, one) for member in their_groups[one.group_id])
        else:
            yield next(filter(None, (one.user_id, one.service_account_id, one.group_id))), one


def _groups_of(page: list[UUID], groups: GroupQuerySet) -> dict[UUID | None, list[UUID]]:
    found: dict[UUID | None, list[UUID]] = defaultdict(list)
    rows = GroupMembership.objects.filter(user__in=page, group__in=groups.order_by().values("pk"))
    for group, member in rows.values_list("group", "user"):
        found[group].append(member)
    return found


def _paths(graph: Graph, above: Iterable[UUID], role: UUID) -> dict[UUID, tuple[str, ...]]:
    links = {one: graph.juniors(one) for one in above}
    return {one: tuple(graph.names[step] for step in hierarchy.way(links, one, role)) for one in above}
