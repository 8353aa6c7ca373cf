"""Roles that inherit, over HTTP: made, changed, found, and what is refused."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from rbac.models import Role
from rbac.services import builtin
from rbac.tests.factories import give, give_role, group_of, role_of, separate

pytestmark = pytest.mark.django_db
Client = Callable[[User], APIClient]
MEGABYTE = "a" * 1_000_000


@pytest.fixture
def staff(as_user: Client, root: User) -> APIClient:
    return as_user(root)


@pytest.fixture
def junior() -> Role:
    return role_of("junior", "invoice:view")


def post(client: APIClient, body: Any) -> Any:
    return client.post("/api/v1/roles/", body, format="json")


def patch(client: APIClient, role: Role, body: Any, **headers: str) -> Any:
    return client.patch(f"/api/v1/roles/{role.pk}/", body, format="json", headers=headers)


def test_a_role_inherits_by_name_or_id(staff: APIClient, junior: Role) -> None:
    other = role_of("other")

    made = post(staff, {"name": "senior", "inherits": ["junior", str(other.pk), "junior"]})

    assert (made.status_code, made.json()["inherits"], made.json()["permissions"]) == (201, ["junior", "other"], [])
    assert staff.get(f"/api/v1/roles/{made.json()['id']}/").json() == made.json()


def test_what_it_inherits_is_replaced(staff: APIClient, junior: Role) -> None:
    senior, other = role_of("senior", inherits=[junior]), role_of("other")

    changed = patch(staff, senior, {"inherits": [other.name]}, if_match='"1"')

    assert (changed.status_code, changed.json()["inherits"], changed["ETag"]) == (200, ["other"], '"2"')
    assert patch(staff, senior, {"inherits": []}).json()["inherits"] == []


def test_words_leave_what_it_inherits(staff: APIClient, junior: Role) -> None:
    senior = role_of("senior", inherits=[junior])

    assert patch(staff, senior, {"title": "Senior"}).json()["inherits"] == ["junior"]


def test_it_tells_all_that_it_gives_and_by_which_way(staff: APIClient, junior: Role) -> None:
    top = role_of("top", "invoice:*", inherits=[role_of("middle", inherits=[junior])])

    told = staff.get(f"/api/v1/roles/{top.pk}/effective-permissions/").json()["permissions"]

    assert told == [
        {"name": "invoice:*", "gives": ["invoice:view"], "path": ["top"]},
        {"name": "invoice:view", "gives": ["invoice:view"], "path": ["top"]},
    ]


def test_it_tells_the_way_down_to_what_it_inherits(staff: APIClient, junior: Role) -> None:
    top = role_of("top", inherits=[role_of("middle", inherits=[junior])])

    (told,) = staff.get(f"/api/v1/roles/{top.pk}/effective-permissions/").json()["permissions"]

    assert told["path"] == ["top", "middle", "junior"]


def test_roles_are_found_by_what_they_inherit(staff: APIClient, junior: Role) -> None:
    role_of("senior", inherits=[junior])

    found = {name: staff.get("/api/v1/roles/", {"inherits": name}).json()["results"] for name in ("junior", "nobody")}

    assert ([one["name"] for one in found["junior"]], found["nobody"]) == (["senior"], [])


def test_a_ring_is_a_conflict_that_names_it(staff: APIClient, junior: Role) -> None:
    senior = role_of("senior", inherits=[role_of("middle", inherits=[junior])])

    answer = patch(staff, junior, {"inherits": [senior.name]})

    assert (answer.status_code, answer.json()["code"]) == (409, "role_cycle")
    assert answer.json()["ring"] == ["junior", "senior", "middle", "junior"]


def test_a_role_that_is_inherited_is_in_use(staff: APIClient, junior: Role) -> None:
    role_of("senior", inherits=[junior])

    answer = staff.delete(f"/api/v1/roles/{junior.pk}/")

    assert (answer.status_code, answer.json()["code"]) == (409, "role_in_use")


def test_what_would_join_separated_duties_is_a_conflict(staff: APIClient, alice: User, junior: Role) -> None:
    other, senior = role_of("other"), role_of("senior")
    separate(junior, other, name="apart")
    for role in (senior, other):
        give_role(alice, role)

    answer = patch(staff, senior, {"inherits": ["junior"]})

    assert (answer.status_code, answer.json()["code"]) == (409, "separation_of_duty")
    assert (answer.json()["separation"], answer.json()["holders"]) == ("apart", [])


def test_what_would_break_a_separation_alone_is_neither_made_nor_inherited(staff: APIClient, junior: Role) -> None:
    other, senior = role_of("other"), role_of("senior", inherits=[junior])
    separate(junior, other, name="apart", kind="dynamic")
    both = {"inherits": ["junior", "other"]}

    answers = [patch(staff, senior, both), post(staff, {"name": "both", **both})]

    assert [(one.status_code, one.json()["code"]) for one in answers] == [(400, "broken_by_one_role")] * 2
    assert [one.json()["role"] for one in answers] == ["senior", "both"]
    assert [error["field"] for one in answers for error in one.json()["errors"]] == ["inherits"] * 2
    assert not Role.objects.filter(name="both").exists()


def test_nobody_inherits_more_than_he_holds(as_user: Client, bob: User, junior: Role) -> None:
    give(bob, "role:*")
    mine = role_of("mine")

    answers = [
        post(as_user(bob), {"name": "senior", "inherits": ["junior"]}),
        patch(as_user(bob), mine, {"inherits": ["junior"]}),
    ]

    assert [(one.status_code, one.json()["code"]) for one in answers] == [(403, "privilege_escalation")] * 2
    assert not mine.junior_links.exists()


def test_an_emergency_role_says_for_how_long(staff: APIClient) -> None:
    made = post(staff, {"name": "rescue", "emergency_minutes": 30})

    assert (made.status_code, made.json()["emergency_minutes"]) == (201, 30)
    role = Role.objects.get(name="rescue")
    assert patch(staff, role, {"emergency_minutes": None}).json()["emergency_minutes"] is None


def test_who_has_a_role_by_a_group_is_told_as_the_group(staff: APIClient, alice: User, junior: Role) -> None:
    group = group_of(alice)
    give_role(group, junior)

    (member,) = staff.get(f"/api/v1/roles/{junior.pk}/members/").json()["results"]

    assert (member["group"], member["user"]) == (str(group.pk), None)


def test_lists_of_roles_cost_the_same_however_much_they_inherit(
    staff: APIClient, junior: Role, django_assert_max_num_queries: Any
) -> None:
    for n in range(10):
        role_of(f"senior-{n}", inherits=[junior])

    with django_assert_max_num_queries(6):
        assert len(staff.get("/api/v1/roles/").json()["results"]) == 11


@pytest.mark.wide
@pytest.mark.parametrize(
    "said",
    [
        {"inherits": "junior"},
        {"inherits": {"junior": 1}},
        {"inherits": [["junior"]]},
        {"inherits": [7]},
        {"inherits": [None]},
        {"inherits": [""]},
        {"inherits": None},
        {"inherits": ["nobody"]},
        {"inherits": [str(uuid4())]},
        {"inherits": ["junior\u202e"]},
        {"inherits": [MEGABYTE]},
        {"inherits": ["junior"] * 101},
        {"permissions": ["invoice:view"] * 1001},
        {"permissions": [MEGABYTE]},
        {"emergency_minutes": 0},
        {"emergency_minutes": 1441},
        {"emergency_minutes": "soon"},
        {"title": MEGABYTE},
    ],
)
@pytest.mark.usefixtures("junior")
def test_nonsense_is_refused_field_by_field(staff: APIClient, said: dict[str, Any]) -> None:
    answers = [post(staff, {"name": "senior", **said}), patch(staff, role_of("mine"), said)]

    assert [one.status_code for one in answers] == [400, 400]
    assert {one.json()["errors"][0]["field"].partition(".")[0] for one in answers} <= {*said}
    assert not Role.objects.filter(name="senior").exists()


def test_ids_of_other_things_are_no_roles(staff: APIClient, alice: User) -> None:
    for other in (alice, group_of()):
        answer = post(staff, {"name": "senior", "inherits": [str(other.pk)]})
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
        assert staff.get(f"/api/v1/roles/{other.pk}/").status_code == 404


def test_a_built_in_role_inherits_nothing_by_hand(staff: APIClient, noon: Any, junior: Role) -> None:
    builtin.install(at=noon)

    answer = patch(staff, Role.objects.get(name="support"), {"inherits": ["junior"]})

    assert (answer.status_code, answer.json()["code"]) == (409, "builtin_role")
