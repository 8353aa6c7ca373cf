"""The command palette (Ctrl+K): pages by their name, people by the beginning of their address or name."""

from django.apps import apps
from django.contrib.admin import AdminSite
from django.core.paginator import Page, Paginator
from django.http import HttpRequest
from django.urls import reverse
from unfold.dataclasses import SearchResult

from console import navigation

MOST_FOUND = 10
SHORTEST = 2
PEOPLE = "accounts.User"


def found(request: HttpRequest, site: AdminSite) -> Page[SearchResult]:
    term = request.GET.get("s", "").strip()
    results = [*_pages(request, term), *_people(request, site, term)] if term else []
    return Paginator(results, max(len(results), 1)).page(1)


def _pages(request: HttpRequest, term: str) -> list[SearchResult]:
    return [
        SearchResult(title=item["title"], description=group.get("title", ""), link=item["link"], icon=item["icon"])
        for group in navigation.sidebar(request)
        for item in group["items"]
        if term.casefold() in item["title"].casefold()
    ]


def _people(request: HttpRequest, site: AdminSite, term: str) -> list[SearchResult]:
    if len(term) < SHORTEST or not navigation.address_of(request, PEOPLE):
        return []
    page = site.get_model_admin(apps.get_model(PEOPLE))
    people, _ = page.get_search_results(request, page.get_queryset(request), term)
    return [
        SearchResult(
            title=str(one), description="User", link=reverse("admin:accounts_user_change", args=[one.pk]), icon="person"
        )
        for one in people[:MOST_FOUND]
    ]
