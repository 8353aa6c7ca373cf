"""Roles and what they inherit, for staff: as a picture, and as words on the page of a role."""

from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from common.admin import HouseAdmin, contribute_section
from common.admin_sections import Section
from rbac import compiled, pictures, selectors
from rbac.admin_links import to_explain
from rbac.graph import Graph
from rbac.models import Role

# More boxes or lines than these are no picture.
MOST_DRAWN, MOST_LINES = 200, 1_000
MOST_NAMED = 500
MOST_GIVEN = 300


def gives(request: HttpRequest, role: Role) -> Section:
    """All that the role gives, its own and inherited, each with the roles by which it comes."""
    ways = list(selectors.ways_of(role).items())
    shown = [(pattern, " > ".join(path) if len(path) > 1 else "") for pattern, path in ways[:MOST_GIVEN]]
    told = {"ways": shown, "left_out": len(ways) - len(shown)}
    return Section("What it gives", "rbac/gives.html", told, **to_explain(request))


def picture(request: HttpRequest, role: Role) -> Section:
    del request
    graph = compiled.graph()
    around = _around(graph, role.pk)
    drawn = pictures.drawn(*_of(graph, around), subject=role.pk)
    words = f"The role {role.name}, the roles that inherit from it, and those that it inherits from"
    told = {"picture": drawn, "title": words, "left_out": _far(graph, role.pk) - len(around)}
    address = reverse("admin:rbac_hierarchy")
    return Section("Inheritance", "rbac/picture_of_role.html", told, "The whole hierarchy", address)


def whole(page: HouseAdmin, request: HttpRequest) -> HttpResponse:
    """All roles that inherit or are inherited, as one picture; the others by their names."""
    if not page.has_view_permission(request):
        raise PermissionDenied
    graph = compiled.graph()
    linked = _linked(graph)
    alone = sorted((name, role) for role, name in graph.names.items() if role not in linked)
    shown = _first(graph, linked)
    context = {
        **page.admin_site.each_context(request),
        "title": "Hierarchy of roles",
        "opts": page.opts,
        "picture": pictures.drawn(*_of(graph, shown)),
        "picture_title": "Roles, each to the left of those that it inherits from",
        "alone": alone[:MOST_NAMED],
        "left_out": len(linked) - len(shown) + max(0, len(alone) - MOST_NAMED),
    }
    return TemplateResponse(request, "rbac/hierarchy.html", context)


def _around(graph: Graph, role: UUID) -> set[UUID]:
    """All above and below it or, where these are too many, its neighbours."""
    if _far(graph, role) <= MOST_DRAWN:
        return {role, *graph.closure(role), *graph.seniors(role)}
    above = (one for one in graph.seniors(role) if role in graph.juniors(one))
    return {role, *_first(graph, {*above, *graph.juniors(role)} - {role}, MOST_DRAWN - 1)}


def _far(graph: Graph, role: UUID) -> int:
    return len({role, *graph.closure(role), *graph.seniors(role)})


def _linked(graph: Graph) -> set[UUID]:
    return {one for link in _links(graph, graph.names) for one in link}


def _first(graph: Graph, roles: Collection[UUID], most: int = MOST_DRAWN) -> list[UUID]:
    return sorted(roles, key=graph.names.__getitem__)[:most]


def _of(graph: Graph, roles: Collection[UUID]) -> tuple[dict[UUID, str], list[tuple[UUID, UUID]]]:
    """What a picture of them is drawn from."""
    shown = {one: graph.names[one] for one in roles if graph.knows(one)}
    between = (link for link in _links(graph, shown) if link[1] in shown)
    return shown, list(islice(between, MOST_LINES))


def _links(graph: Graph, roles: Iterable[UUID]) -> Iterator[tuple[UUID, UUID]]:
    return ((one, junior) for one in roles for junior in graph.juniors(one))


contribute_section("rbac.Role", gives)
contribute_section("rbac.Role", picture)
