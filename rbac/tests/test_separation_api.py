"""Separations of duty over HTTP, and what they refuse elsewhere."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from rbac.models import Role, SeparationOfDuty
from rbac.tests.factories import give, give_role, group_of, role_of, separate

pytestmark = pytest.mark.django_db
Client = Callable[[User], APIClient]
PATH = "/api/v1/separation-of-duty/"
MEGABYTE = "a" * 1_000_000


@pytest.fixture
def staff(as_user: Client, root: User) -> APIClient:
    return as_user(root)


@pytest.fixture
def duties() -> list[Role]:
    return [role_of("payer", "invoice:pay"), role_of("approver", "invoice:approve")]


@pytest.fixture
def body(duties: list[Role]) -> dict[str, Any]:
    """What makes a separation; its roles by name and by id."""
    return {"name": "four-eyes", "kind": "static", "roles": ["payer", str(duties[1].pk)]}


def post(client: APIClient, body: Any, path: str = PATH, **headers: str) -> Any:
    return client.post(path, body, format="json", headers=headers)


def names(answer: Any) -> list[str]:
    return [row["name"] for row in answer.json()["results"]]


def test_it_is_made_changed_and_deleted(staff: APIClient, body: dict[str, Any]) -> None:
    made = post(staff, body)
    assert (made.status_code, made["ETag"]) == (201, '"1"')
    told = made.json()
    assert (told["kind"], told["roles"], told["limit"]) == ("static", ["approver", "payer"], 1)
    path = f"{PATH}{told['id']}/"

    changed = staff.patch(path, {"description": "Why"}, format="json", headers={"if_match": made["ETag"]})
    assert (changed.status_code, changed["ETag"]) == (200, '"2"')
    assert staff.get(path).json() == changed.json() == {**told, **_later(changed), "description": "Why"}

    assert staff.delete(path).status_code == 204
    assert staff.get(path).status_code == 404


def _later(answer: Any) -> dict[str, str]:
    return {"updated_at": answer.json()["updated_at"]}


def test_of_two_editors_the_second_is_told(staff: APIClient, duties: list[Role]) -> None:
    path, stale = f"{PATH}{separate(*duties).pk}/", {"if_match": '"1"'}
    staff.patch(path, {"description": "A"}, format="json")

    assert staff.patch(path, {"description": "B"}, format="json", headers=stale).status_code == 412
    assert staff.delete(path, headers=stale).status_code == 412


def test_the_same_key_gets_the_same_answer(staff: APIClient, body: dict[str, Any]) -> None:
    answers = [post(staff, body, idempotency_key="k") for _ in range(2)]

    assert [one.status_code for one in answers] == [201, 201]
    assert post(staff, body).json()["code"] == "separation_exists"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"kind": "dynamic"}, ["second"]),
        ({"role": "payer"}, ["first", "second"]),
        ({"role": "third"}, ["second"]),
        ({"role": "nobody"}, []),
        ({"name": "first"}, ["first"]),
        ({"search": "sec"}, ["second"]),
        ({"ordering": "-name"}, ["second", "first"]),
    ],
)
def test_they_are_found(staff: APIClient, duties: list[Role], query: dict[str, str], found: list[str]) -> None:
    separate(*duties, name="first")
    separate(duties[0], role_of("third"), name="second", kind="dynamic")

    assert names(staff.get(PATH, query)) == found


def test_a_list_costs_the_same_however_many_roles(staff: APIClient, django_assert_max_num_queries: Any) -> None:
    for n in range(6):
        separate(role_of(f"a-{n}"), role_of(f"b-{n}"))

    with django_assert_max_num_queries(5):
        assert len(staff.get(PATH).json()["results"]) == 6


@pytest.mark.wide
@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"name": "Four Eyes"}, "invalid_separation_name"),
        ({"name": str(uuid4())}, "invalid_separation_name"),
        ({"name": MEGABYTE}, "invalid"),
        ({"kind": "other"}, "invalid"),
        ({"kind": None}, "invalid"),
        ({"kind": ["static"]}, "invalid"),
        ({"roles": []}, "invalid_separation"),
        ({"roles": ["payer"]}, "invalid_separation"),
        ({"roles": ["payer", "payer"]}, "invalid_separation"),
        ({"roles": ["payer", "nobody"]}, "invalid"),
        ({"roles": ["payer", {}]}, "invalid"),
        ({"roles": ["payer"] * 1001}, "invalid"),
        ({"roles": [MEGABYTE, "payer"]}, "invalid"),
        ({"roles": "payer"}, "invalid"),
        ({"roles": None}, "invalid"),
        ({"limit": 0}, "invalid"),
        ({"limit": 2}, "invalid_separation"),
        ({"limit": -1}, "invalid"),
        ({"limit": 10**400}, "number_out_of_range"),
        ({"limit": "many"}, "invalid"),
        ({"limit": None}, "invalid"),
        ({"description": "a\u202e"}, "invalid"),
        ({"version": 3}, "unknown_field"),
    ],
)
def test_nonsense_is_refused(staff: APIClient, body: dict[str, Any], said: dict[str, Any], code: str) -> None:
    answer = post(staff, {**body, **said})

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert not SeparationOfDuty.objects.exists()


@pytest.mark.parametrize("said", [{"name": "other"}, {"limit": 9}, {"roles": ["payer"]}, {"kind": "x"}, []])
def test_a_bad_change_is_refused(staff: APIClient, duties: list[Role], said: Any) -> None:
    row = separate(*duties)

    assert staff.patch(f"{PATH}{row.pk}/", said, format="json").status_code == 400

    row.refresh_from_db()
    assert row.version == 1


def test_what_somebody_violates_is_not_made(
    staff: APIClient, alice: User, duties: list[Role], body: dict[str, Any]
) -> None:
    for role in duties:
        give_role(alice, role)

    answer = post(staff, body)

    assert (answer.status_code, answer.json()["code"]) == (409, "separation_of_duty")
    assert (answer.json()["violations"], answer.json()["holders"]) == (1, [str(alice.pk)])
    assert str(alice.pk) in answer.json()["detail"]


@pytest.mark.parametrize("kind", ["static", "dynamic"])
def test_what_one_role_breaks_alone_is_not_made(
    staff: APIClient, duties: list[Role], body: dict[str, Any], kind: str
) -> None:
    row = separate(*duties, name="present", kind=kind)
    senior = role_of("senior", inherits=[duties[0]])

    said = {"roles": ["senior", "payer"]}
    answers = [
        post(staff, {**body, "kind": kind, **said}),
        staff.patch(f"{PATH}{row.pk}/", said, format="json"),
    ]

    assert [(one.status_code, one.json()["code"]) for one in answers] == [(400, "broken_by_one_role")] * 2
    told = answers[0].json()
    assert (told["separation"], told["role"], told["roles"]) == ("four-eyes", "senior", ["payer", "senior"])
    assert [one["field"] for one in told["errors"]] == ["roles"]
    assert "senior inherits payer" in told["detail"]
    assert not senior.separations.exists()


@pytest.mark.parametrize("to", ["user", "group"])
def test_what_may_not_go_together_is_not_given(staff: APIClient, alice: User, duties: list[Role], to: str) -> None:
    separate(*duties, name="four-eyes")
    give_role(alice, duties[0])
    holder = str(alice.pk) if to == "user" else str(group_of(alice).pk)

    answer = post(staff, {"role": "approver", to: holder}, "/api/v1/role-assignments/")

    assert (answer.status_code, answer.json()["code"]) == (409, "separation_of_duty")
    assert (answer.json()["separation"], answer.json()["roles"]) == ("four-eyes", ["approver", "payer"])
    assert answer.json()["holders"] == []


def test_who_would_come_to_hold_both_is_not_let_in(staff: APIClient, alice: User, duties: list[Role]) -> None:
    separate(*duties)
    group = group_of()
    give_role(group, duties[0])
    give_role(alice, duties[1])

    answer = post(staff, {"user": str(alice.pk)}, f"/api/v1/groups/{group.pk}/members/")

    assert (answer.status_code, answer.json()["code"]) == (409, "separation_of_duty")


def test_a_dynamic_one_is_the_cause_of_a_no(staff: APIClient, alice: User, duties: list[Role]) -> None:
    separate(*duties, kind="dynamic", name="four-eyes")
    for role in duties:
        give_role(alice, role)
    asked = {
        "subject": {"type": "user", "id": str(alice.pk)},
        "action": {"name": "pay"},
        "resource": {"type": "invoice", "id": "1"},
    }

    told = post(staff, asked, "/access/v1/evaluation").json()

    assert (told["decision"], told["context"]["reason_admin"]["cause"]) == (False, "separation_of_duty")


def test_whoever_holds_nothing_gets_nothing(as_user: Client, bob: User, body: dict[str, Any]) -> None:
    path = f"{PATH}{separate(role_of('a'), role_of('b')).pk}/"
    client = as_user(bob)

    answers = [client.get(PATH), post(client, body), client.get(path), client.delete(path)]

    assert {one.status_code for one in answers} == {403}
    assert {APIClient().get(each).status_code for each in (PATH, path)} == {401}


def test_a_manager_of_one_place_does_not_separate_for_all(as_user: Client, bob: User, body: dict[str, Any]) -> None:
    give(bob, "*:*", scope="/acme")

    assert post(as_user(bob), body).status_code == 403


def test_nobody_separates_what_he_does_not_hold(as_user: Client, bob: User, body: dict[str, Any]) -> None:
    give(bob, "separation_of_duty:*")
    row = separate(*Role.objects.filter(name__in=["payer", "approver"]))
    client = as_user(bob)

    answers = [post(client, body), client.delete(f"{PATH}{row.pk}/")]

    assert [(one.status_code, one.json()["code"]) for one in answers] == [(403, "privilege_escalation")] * 2
    assert SeparationOfDuty.objects.count() == 1
