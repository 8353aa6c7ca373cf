"""Default deny, read from the routes themselves, so that a route added tomorrow is tested without new code (security D1)."""

from collections.abc import Iterator
from typing import NamedTuple
from uuid import uuid4

import pytest
from django.urls import URLResolver, get_resolver
from rest_framework.test import APIClient

from accounts.models import User
from common.http.permissions import PUBLIC, SELF
from common.http.views import ApiView

METHODS = ("get", "post", "put", "patch", "delete")
OTHERS = {"Document", "SpectacularSwaggerSplitView", "SpectacularSwaggerView"}


class Operation(NamedTuple):
    method: str
    path: str
    need: str | None
    view: str


def operations() -> list[Operation]:
    return [found for pattern, view in _views(get_resolver(), "/") for found in _operations_of(pattern, view)]


def _views(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, type]]:
    for entry in resolver.url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _views(entry, path)
        elif view := getattr(entry.callback, "cls", None):
            yield path, view


def _operations_of(pattern: str, view: type) -> Iterator[Operation]:
    path = "".join(str(uuid4()) if part.startswith("<") else part for part in _parts(pattern))
    needs = getattr(view, "needs", {})
    for method in METHODS:
        if hasattr(view, method):
            yield Operation(method, path, needs.get(method.upper()), view.__name__)


def _parts(pattern: str) -> list[str]:
    return pattern.replace("<", "\0<").replace(">", ">\0").split("\0")


ALL = [found for found in operations() if found.view not in OTHERS]


def test_every_view_is_of_the_house_and_says_what_each_method_needs() -> None:
    for pattern, view in _views(get_resolver(), "/"):
        assert view.__name__ in OTHERS or issubclass(view, ApiView), pattern
    assert [found for found in ALL if not found.need] == []
    assert len(ALL) > 40


@pytest.mark.parametrize("operation", ALL, ids=lambda o: f"{o.method} {o.view}")
def test_a_stranger_is_refused_unless_the_route_is_public(operation: Operation, db: None) -> None:
    answer = getattr(APIClient(), operation.method)(operation.path, {}, format="json")

    assert answer.status_code < 500
    assert (answer.status_code == 401) or operation.need == PUBLIC, answer.content
    if answer.status_code == 401:
        assert "WWW-Authenticate" in answer.headers


@pytest.mark.parametrize(
    "operation", [o for o in ALL if o.need not in {PUBLIC, SELF}], ids=lambda o: f"{o.method} {o.view}"
)
def test_somebody_with_no_role_is_refused(operation: Operation, alice: User) -> None:
    client = APIClient()
    client.force_authenticate(alice)

    answer = getattr(client, operation.method)(operation.path, {}, format="json")

    assert answer.status_code == 403, answer.content
    assert answer.json()["code"] == "permission_denied"
    assert str(operation.need) in answer.json()["detail"]
