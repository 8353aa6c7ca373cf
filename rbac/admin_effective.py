"""What somebody may, on the page of that person or machine: by place, each permission with all ways by which it comes."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone

from common import scopes
from common.admin import contribute_section
from common.admin_sections import Section
from common.http.places import places_of
from rbac import selectors
from rbac.admin_holders import known_groups, told_of
from rbac.admin_links import to_explain
from rbac.selectors import Holder, Source

MOST_WAYS = 300


class Way(NamedTuple):
    """`roles` from the one that is assigned down to the one that gives it itself; `group` is the one through which it is had."""

    permission: str
    roles: str
    group: str | None
    until: datetime | None
    assignment_id: UUID | None


def effective(request: HttpRequest, holder: Holder) -> Section | None:
    """Only what is held where the viewer may see assignments: what somebody holds elsewhere is for those who look after it."""
    places = places_of(request, "role_assignment:view")
    if not places:
        return None
    link = to_explain(request, **{holder.actor_kind: holder.pk})
    told = {"holder": holder, **_told(request, holder, places)}
    return Section("Effective permissions", "rbac/effective.html", told, **link)


def _told(request: HttpRequest, holder: Holder, places: Iterable[str]) -> dict[str, Any]:
    found = selectors.effective_permissions(holder, at=timezone.now())
    seen = [(name, one) for name, ways in found.items() for one in ways if _lies_in(one, places)]
    groups = known_groups(request, {one.group for _, one in seen if one.group})
    by_scope: dict[str, list[Way]] = {}
    for name, one in sorted(seen[:MOST_WAYS], key=lambda each: each[1].scope):
        by_scope.setdefault(one.scope, []).append(_way(name, one, groups))
    return {"by_scope": list(by_scope.items()), "left_out": max(0, len(seen) - MOST_WAYS)}


def _lies_in(source: Source, places: Iterable[str]) -> bool:
    # That she is a superuser stands on her page anyway, and is no assignment.
    return source.assignment_id is None or any(scopes.covers(place, source.scope) for place in places)


def _way(permission: str, source: Source, groups: frozenset[str]) -> Way:
    return Way(
        permission, " > ".join(source.path), told_of(source.group, groups), source.valid_until, source.assignment_id
    )


for holder in ("accounts.User", "accounts.ServiceAccount"):
    contribute_section(holder, effective)
