"""`GET /api/v1/me/permissions/`: what the caller holds, by whatever way it comes to her."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from rbac.tests.factories import give, give_role, group_of, role_of

pytestmark = pytest.mark.django_db
Client = Callable[[User], APIClient]


def own(client: APIClient, **query: str) -> Any:
    return client.get("/api/v1/me/permissions/", query)


def sources(answer: Any, name: str) -> list[dict[str, Any]]:
    return [way for one in answer.json()["permissions"] if one["name"] == name for way in one["sources"]]


def test_what_is_inherited_and_comes_through_a_group_tells_its_way(as_user: Client, alice: User) -> None:
    until = timezone.now() + timedelta(days=1)
    senior = role_of("senior", inherits=[role_of("clerk", "invoice:approve")])
    given = give_role(group_of(alice, name="accounting"), senior, scope="/acme", valid_until=until)

    (way,) = sources(own(as_user(alice)), "invoice:approve")

    assert way == {
        "role": "senior",
        "role_path": ["senior", "clerk"],
        "group": "accounting",
        "scope": "/acme",
        "assignment": str(given.pk),
        "valid_until": until.isoformat().replace("+00:00", "Z"),
    }


def test_every_way_is_told(as_user: Client, alice: User) -> None:
    clerk = role_of("clerk", "invoice:approve")
    give_role(alice, clerk)
    give_role(group_of(alice, name="accounting"), clerk, scope="/acme")

    found = sources(own(as_user(alice)), "invoice:approve")

    assert sorted((way["scope"], way["group"]) for way in found if way["group"]) == [("/acme", "accounting")]
    assert [way["scope"] for way in found if way["group"] is None] == ["/"]


def test_at_a_scope_only_what_holds_there_is_told(as_user: Client, alice: User) -> None:
    give(alice, "invoice:approve", scope="/acme")
    give(alice, "invoice:delete", scope="/beta")

    answer = own(as_user(alice), scope="/acme/eu").json()

    assert (answer["scope"], [one["name"] for one in answer["permissions"]]) == ("/acme/eu", ["invoice:approve"])


def test_what_a_key_is_not_good_for_is_not_told(alice: User) -> None:
    give(alice, "invoice:*")
    alice.bounds = frozenset({"*:view"})
    client = APIClient()
    client.force_authenticate(alice)

    assert [one["name"] for one in own(client).json()["permissions"]] == ["invoice:view"]


@pytest.mark.parametrize(
    ("query", "code"),
    [({"scope": "acme"}, "invalid_scope"), ({"scope": ""}, "invalid_scope"), ({"scop": "/acme"}, "unknown_parameter")],
)
def test_a_typo_is_refused(as_user: Client, alice: User, query: dict[str, str], code: str) -> None:
    answer = own(as_user(alice), **query)

    assert (answer.status_code, answer.json()["code"]) == (400, code)
