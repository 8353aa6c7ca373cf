"""A manager at `/acme` over the API: which assignments and groups are there for her, and to whom she gives roles."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from accounts.errors import MovedMeanwhile
from accounts.models import User
from accounts.services import service_accounts
from accounts.tests.factories import person as somebody
from common.actors import SYSTEM
from rbac.models import Group, GroupMembership, RoleAssignment
from rbac.services import groups
from rbac.tests.factories import give, give_role, group_of, role_of

pytestmark = pytest.mark.django_db
ASSIGNMENTS, GROUPS = "/api/v1/role-assignments/", "/api/v1/groups/"
HOLDERS = pytest.mark.parametrize("kind", ["user", "service_account", "group"])


@pytest.fixture
def manager(alice: User) -> User:
    """Holds at /acme all that there is to manage, and what its clerks do."""
    give(
        alice,
        *(f"{noun}:*" for noun in ("user", "service_account", "group", "role_assignment", "invoice")),
        scope="/acme",
    )
    return alice


@pytest.fixture
def hers(manager: User, as_user: Callable[[User], APIClient]) -> APIClient:
    return as_user(manager)


def group_at(scope: str) -> Group:
    return groups.create(f"group-{uuid4().hex[-12:]}", scope=scope, actor=SYSTEM, at=timezone.now())


def holder_at(kind: str, scope: str) -> Any:
    if kind == "service_account":
        return service_accounts.create(f"machine-{uuid4()}", scope=scope, actor=SYSTEM, at=timezone.now())
    return somebody(scope=scope) if kind == "user" else group_at(scope)


def ids(answer: Any) -> set[str]:
    return {row["id"] for row in answer.json()["results"]}


def told(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def give_over_http(client: APIClient, kind: str, holder: Any, role: str, **more: Any) -> Any:
    return client.post(ASSIGNMENTS, {kind: str(getattr(holder, "pk", holder)), "role": role, **more}, format="json")


@pytest.mark.parametrize("query", ["", "?active=true", "?within=/"])
def test_she_sees_assignments_at_her_place_whoever_holds_them(hers: APIClient, query: str) -> None:
    inside = {str(give(somebody(scope=home), "invoice:view", scope="/acme/eu").pk) for home in ("/acme", "/globex")}
    for scope in ("/", "/globex", "/acme2"):
        give(somebody(scope="/acme"), "invoice:view", scope=scope)

    assert inside < ids(hers.get(ASSIGNMENTS + query))
    assert {row["scope"] for row in hers.get(ASSIGNMENTS + query).json()["results"]} == {"/acme", "/acme/eu"}


def test_the_members_of_a_role_are_those_at_her_place(hers: APIClient) -> None:
    role = role_of("clerk", "invoice:view")
    inside, outside = (give_role(somebody(scope="/acme"), role, scope=scope) for scope in ("/acme", "/globex"))

    assert ids(hers.get(f"/api/v1/roles/{role.pk}/members/")) == {str(inside.pk)}
    assert ids(hers.get(f"{ASSIGNMENTS}?role=clerk&user={outside.user_id}")) == set()


@pytest.mark.parametrize("method", ["get", "delete"])
@pytest.mark.parametrize("scope", ["/", "/globex"])
def test_an_assignment_elsewhere_is_not_there(hers: APIClient, method: str, scope: str) -> None:
    given = give(somebody(scope="/acme"), "invoice:view", scope=scope)

    assert told(getattr(hers, method)(f"{ASSIGNMENTS}{given.pk}/")) == (404, "not_found")
    assert RoleAssignment.objects.open().filter(pk=given.pk).exists()


def test_an_assignment_that_she_may_only_see_she_cannot_end(hers: APIClient, manager: User) -> None:
    give(manager, "role_assignment:view")
    given = give(somebody(scope="/acme"), "invoice:view", scope="/globex")

    assert told(hers.delete(f"{ASSIGNMENTS}{given.pk}/")) == (403, "permission_denied")


def test_one_at_her_place_she_ends(hers: APIClient) -> None:
    given = give(somebody(scope="/acme"), "invoice:view", scope="/acme/eu")

    assert hers.delete(f"{ASSIGNMENTS}{given.pk}/").status_code == 204
    assert not RoleAssignment.objects.open().filter(pk=given.pk).exists()


@HOLDERS
def test_she_gives_at_her_place_what_she_holds_there(hers: APIClient, kind: str) -> None:
    role_of("clerk", "invoice:approve")

    answer = give_over_http(hers, kind, holder_at(kind, "/acme/eu"), "clerk", scope="/acme/eu")

    assert (answer.status_code, answer.json()["scope"]) == (201, "/acme/eu")


def test_without_a_scope_she_gives_at_her_one_place(hers: APIClient) -> None:
    role_of("clerk", "invoice:approve")

    assert give_over_http(hers, "user", somebody(scope="/acme"), "clerk").json()["scope"] == "/acme"


@HOLDERS
@pytest.mark.parametrize("scope", ["/", "/globex"])
def test_she_gives_nothing_elsewhere_even_what_gives_nothing(hers: APIClient, kind: str, scope: str) -> None:
    role_of("empty")

    answer = give_over_http(hers, kind, holder_at(kind, "/acme"), "empty", scope=scope)

    assert told(answer) == (403, "permission_denied")
    assert not RoleAssignment.objects.filter(role__name="empty").exists()


@pytest.mark.parametrize("patterns", [["user:view", "session:end"], ["*:*"], ["invoice:*", "*:view"]])
def test_she_gives_no_role_of_which_she_holds_a_part_only(hers: APIClient, patterns: list[str]) -> None:
    role_of("chief", *patterns)

    answer = give_over_http(hers, "user", somebody(scope="/acme"), "chief", scope="/acme")

    assert told(answer) == (403, "privilege_escalation")


def test_what_a_role_inherits_she_must_hold_as_well(hers: APIClient) -> None:
    role_of("chief", "invoice:view", inherits=[role_of("ender", "session:end")])

    assert (
        told(give_over_http(hers, "user", somebody(scope="/acme"), "chief", scope="/acme"))[1] == "privilege_escalation"
    )


@HOLDERS
def test_to_those_elsewhere_she_gives_no_more_than_to_nobody(hers: APIClient, kind: str) -> None:
    role_of("clerk", "invoice:approve")
    outside, nobody = str(holder_at(kind, "/globex").pk), str(uuid4())

    answers = [give_over_http(hers, kind, one, "clerk", scope="/acme") for one in (outside, nobody)]

    assert [answer.status_code for answer in answers] == [400, 400]
    said = [answer.json()["errors"] for answer in answers]
    assert str(said[0]).replace(outside, nobody) == str(said[1])


@HOLDERS
def test_to_those_whom_she_may_see_she_gives_at_her_place(hers: APIClient, manager: User, kind: str) -> None:
    give(manager, "*:view", scope="/globex")
    role_of("clerk", "invoice:approve")

    assert give_over_http(hers, kind, holder_at(kind, "/globex"), "clerk", scope="/acme").status_code == 201


def test_a_group_elsewhere_is_not_found_by_its_name(hers: APIClient) -> None:
    role_of("clerk", "invoice:approve")
    name = group_at("/globex").name

    assert give_over_http(hers, "group", name, "clerk", scope="/acme").json()["errors"][0]["code"] == "does_not_exist"
    assert ids(hers.get(f"{ASSIGNMENTS}?group={name}")) == ids(hers.get(f"{GROUPS}?name={name}")) == set()


@pytest.mark.parametrize(
    ("method", "path"), [("get", ""), ("patch", ""), ("delete", ""), ("get", "members/"), ("post", "members/")]
)
def test_a_group_elsewhere_is_not_there(hers: APIClient, method: str, path: str) -> None:
    group = group_at("/globex")

    answer = getattr(hers, method)(f"{GROUPS}{group.pk}/{path}", {"scope": "/acme"}, format="json")

    assert told(answer) == (404, "not_found")
    assert Group.objects.get(pk=group.pk).scope == "/globex"


def test_groups_are_made_seen_and_moved_at_her_place(hers: APIClient) -> None:
    group_at("/globex")
    made = hers.post(GROUPS, {"name": "clerks"}, format="json").json()

    assert made["scope"] == "/acme"
    assert ids(hers.get(GROUPS)) == {made["id"]}
    assert told(hers.post(GROUPS, {"name": "others", "scope": "/globex"}, format="json"))[0] == 403
    assert told(hers.patch(f"{GROUPS}{made['id']}/", {"scope": "/globex"}, format="json"))[0] == 403
    assert hers.patch(f"{GROUPS}{made['id']}/", {"scope": "/acme/eu"}, format="json").json()["scope"] == "/acme/eu"


def test_a_group_that_was_moved_meanwhile_is_not_moved_from_where_it_was_seen() -> None:
    seen = group_at("/acme")
    Group.objects.filter(pk=seen.pk).update(scope="/globex")

    with pytest.raises(MovedMeanwhile):
        groups.update(seen, changes={"scope": "/acme/eu"}, actor=SYSTEM, at=timezone.now())

    assert Group.objects.get(pk=seen.pk).scope == "/globex"


def test_she_lets_in_whom_she_may_see_and_nobody_else(hers: APIClient) -> None:
    members = f"{GROUPS}{group_at('/acme').pk}/members/"
    inside, outside = (somebody(scope=scope) for scope in ("/acme", "/globex"))

    assert hers.post(members, {"user": str(inside.pk)}, format="json").status_code == 201
    answer = hers.post(members, {"user": str(outside.pk)}, format="json")

    assert answer.json()["errors"][0]["code"] == "does_not_exist"
    assert list(GroupMembership.objects.values_list("user", flat=True)) == [inside.pk]


def test_into_a_group_that_holds_more_elsewhere_she_lets_nobody(hers: APIClient) -> None:
    group = group_at("/acme")
    give_role(group, role_of("chief", "invoice:approve"), scope="/globex")

    answer = hers.post(f"{GROUPS}{group.pk}/members/", {"user": str(somebody(scope="/acme").pk)}, format="json")

    assert told(answer) == (403, "privilege_escalation")


def test_what_comes_to_her_through_a_group_counts_as_a_place(alice: User, as_user: Callable[[User], APIClient]) -> None:
    inside = somebody(scope="/acme")
    give_role(group_of(alice), role_of("viewer", "user:view"), scope="/acme")

    assert ids(as_user(alice).get("/api/v1/users/")) == {str(inside.pk)}


@pytest.mark.parametrize("rows", [1, 30])
@pytest.mark.parametrize("path", [ASSIGNMENTS, GROUPS])
def test_narrowed_lists_cost_two_statements_at_any_length(
    hers: APIClient, django_assert_num_queries: DjangoAssertNumQueries, path: str, rows: int
) -> None:
    role = role_of("clerk", "invoice:view")
    for _ in range(rows):
        give_role(group_at("/acme"), role, scope="/acme")
    hers.get(path)  # compiles the roles, once in each process

    with django_assert_num_queries(2):
        hers.get(path)
