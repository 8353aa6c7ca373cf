"""Who may, where may she, what may she: found by indexes page by page, and asked of the decider before it is told."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import chain
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import User
from common import permissions, scopes
from common.actors import ActorKind
from rbac import compiled
from rbac.models import GroupMembership, Permission, RoleAssignment, RoleAssignmentQuerySet
from rbac.selectors.deciding import Asked, evaluate_many, may_each, places_of
from rbac.selectors.holding import Holder

Ids = QuerySet[Any, UUID]
Key = TypeVar("Key")


class Found(NamedTuple):
    """One page, in the order of its keys. `last` is the key after which the next page starts; None where nothing is left.

    A page may be shorter than it might be: what the indexes promise and the decider denies is left out.
    """

    keys: Sequence[str]
    last: str | None


class Window(NamedTuple):
    """Which page: so many at most, after that key (the empty one stands before all)."""

    limit: int
    after: str


NOTHING = Found((), None)


def subjects(kind: str, permission: str, *, scope: str, window: Window, at: datetime) -> Found:
    """Active people or machines who may; each page costs the same, however many there are and however deep it lies."""
    candidates = CANDIDATES.get(kind)
    if candidates is None or not permissions.is_name(permission):
        return NOTHING
    graph = compiled.graph()
    giving = RoleAssignment.objects.standing(at=at).filter(
        role__in=list(graph.among(graph.giving(permission))), scope__in=_from_the_top(scope)
    )
    lists = [after(ids, window) for ids in candidates(giving)]
    ahead = sorted(set(chain.from_iterable(lists)))

    def allowed(page: Sequence[UUID]) -> Iterable[bool]:
        return map(bool, evaluate_many([Asked(kind, str(one), permission, scope) for one in page], at=at))

    return _page(ahead, window, allowed)


def places(holder: Holder | None, permission: str, *, within: str, window: Window, at: datetime) -> Found:
    """The topmost scopes at which she may, as far as they lie within that one."""
    if holder is None or not permissions.is_name(permission):
        return NOTHING
    found = places_of(holder, permission, at=at)
    if any(scopes.covers(place, within) for place in found):
        found = (within,)
    ahead = [place for place in found if scopes.covers(within, place) and place > window.after]
    return _page(ahead, window)


def actions(holder: Holder | None, resource: str, *, scope: str, window: Window, at: datetime) -> Found:
    """The declared permissions of that resource that she holds there."""
    if holder is None:
        return NOTHING
    declared = Permission.objects.filter(name__startswith=f"{resource}:", name__gt=window.after).order_by("name")
    ahead = list(declared.values_list("name", flat=True)[: window.limit + 1])

    def allowed(page: Sequence[str]) -> Iterable[bool]:
        return map(bool, may_each(holder, [(name, scope) for name in page], at=at))

    return _page(ahead, window, allowed)


def _page(
    ahead: Sequence[Key], window: Window, allowed: Callable[[Sequence[Key]], Iterable[bool]] | None = None
) -> Found:
    page = ahead[: window.limit]
    left = page if allowed is None else [key for key, is_so in zip(page, allowed(page), strict=True) if is_so]
    has_more = len(ahead) > window.limit
    return Found([str(key) for key in left], (str(page[-1]) if page else window.after) if has_more else None)


def _people(giving: RoleAssignmentQuerySet) -> list[Ids]:
    """Three lists and not one query with OR: so each is read in the order of an index, only as far as the page reaches."""
    # The groups by their ids and not by a subquery: in one group an index has the members in order.
    groups = list(giving.filter(group__isnull=False).values_list("group", flat=True).distinct())
    members = GroupMembership.objects.filter(user__is_active=True, group__in=groups)
    return [
        giving.filter(user__is_active=True).values_list("user", flat=True),
        members.values_list("user", flat=True),
        User.objects.ruling().values_list("pk", flat=True),
    ]


def _machines(giving: RoleAssignmentQuerySet) -> list[Ids]:
    return [giving.filter(service_account__is_active=True).values_list("service_account", flat=True)]


CANDIDATES: dict[str, Callable[[RoleAssignmentQuerySet], list[Ids]]] = {
    ActorKind.USER: _people,
    ActorKind.SERVICE_ACCOUNT: _machines,
}


def after(ids: Ids, window: Window) -> Iterable[UUID]:
    [column] = ids.query.values_select
    beyond = ids.filter(**{f"{column}__gt": UUID(window.after)}) if window.after else ids
    return beyond.order_by(column).distinct()[: window.limit + 1]


def _from_the_top(scope: str) -> list[str]:
    """All scopes that cover this one."""
    segments = scope.strip(scopes.ROOT).split("/") if scope != scopes.ROOT else []
    return [scopes.ROOT, *(f"/{'/'.join(segments[:end])}" for end in range(1, len(segments) + 1))]
