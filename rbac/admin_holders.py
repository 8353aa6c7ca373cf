"""Who holds a role, and who may be given which: staff are told only of whom and what they may know."""

from collections.abc import Collection
from typing import Any

from django.db.models import BooleanField, Case, Q, QuerySet, When
from django.http import HttpRequest
from django.utils import timezone

from common.admin import actor_of, holds
from common.http.places import places_of
from common.places import lying_in
from rbac.models import Group, Role
from rbac.models.assignments import HOLDERS
from rbac.selectors import giving


def telling_holders(request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
    """The assignments, each with its holder and with whether who asks may know of him: he may be at home elsewhere."""
    known = Q(pk__in=[])
    for field in HOLDERS:
        places = places_of(request, f"{field}:view")
        known |= Q(**{f"{field}__isnull": False}) & lying_in(places, field=f"{field}__scope")
    named = Case(When(known, then=True), default=False, output_field=BooleanField())
    told: QuerySet[Any] = rows.select_related(*HOLDERS).annotate(is_holder_known=named)
    return told


def holder_of(given: Any) -> str:
    return str(given.holder if given.is_holder_known else given.holder.pk)


def known_groups(request: HttpRequest, names: Collection[str]) -> frozenset[str]:
    """Those of these groups that who asks may see."""
    known = Group.objects.within(places_of(request, "group:view")).filter(name__in=names)
    return frozenset(known.values_list("name", flat=True)) if names else frozenset()


def told_of(group: str | None, known: Collection[str]) -> str | None:
    """What stands for the group through which somebody has a role."""
    return group if group is None or group in known else "that you may not see"


def roles_to_give(request: HttpRequest) -> QuerySet[Role]:
    """All for whoever may see roles; the names of others' would tell what is done elsewhere."""
    roles = Role.objects.order_by("name")
    if holds(request, Role, "view"):
        return roles
    places = places_of(request, "role_assignment:add")
    return roles.filter(pk__in=giving.roles_to_give(actor_of(request), places, at=timezone.now()))
