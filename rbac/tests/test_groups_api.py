"""Groups, their members, and what is assigned to them, over HTTP."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from events.models import Event
from rbac.models import Group, GroupMembership, RoleAssignment
from rbac.tests.factories import give, give_role, group_of, role_of

pytestmark = pytest.mark.django_db
Client = Callable[[User], APIClient]
GROUPS = "/api/v1/groups/"
MEGABYTE = "a" * 1_000_000


@pytest.fixture
def staff(as_user: Client, root: User) -> APIClient:
    return as_user(root)


@pytest.fixture
def clerks() -> Group:
    return group_of(name="clerks")


def post(client: APIClient, path: str, body: Any, **headers: str) -> Any:
    return client.post(path, body, format="json", headers=headers)


def where(group: Group, *more: object) -> str:
    return "/".join([f"{GROUPS}{group.pk}", *map(str, more), ""])


def names(answer: Any) -> list[str]:
    return [row["name"] for row in answer.json()["results"]]


class TestGroups:
    def test_a_group_is_made_changed_and_deleted(self, staff: APIClient) -> None:
        made = post(staff, GROUPS, {"name": "clerks", "title": "Clerks", "scope": "/acme"})
        assert (made.status_code, made.json()["scope"], made["ETag"]) == (201, "/acme", '"1"')
        path = f"{GROUPS}{made.json()['id']}/"

        changed = staff.patch(path, {"title": "All"}, format="json", headers={"if_match": made["ETag"]})
        assert (changed.status_code, changed.json()["title"], changed["ETag"]) == (200, "All", '"2"')
        assert staff.get(path).json() == changed.json()

        assert staff.delete(path).status_code == 204
        assert [staff.get(path).status_code, staff.delete(path).status_code] == [404, 404]

    def test_of_two_editors_the_second_is_told(self, staff: APIClient, clerks: Group) -> None:
        path, stale = where(clerks), {"if_match": '"1"'}
        staff.patch(path, {"title": "A"}, format="json")

        assert staff.patch(path, {"title": "B"}, format="json", headers=stale).status_code == 412
        assert staff.delete(path, headers=stale).status_code == 412

    def test_what_is_made_twice_is_a_conflict(self, staff: APIClient, clerks: Group) -> None:
        answer = post(staff, GROUPS, {"name": clerks.name})

        assert (answer.status_code, answer.json()["code"]) == (409, "group_exists")

    def test_the_same_key_gets_the_same_answer(self, staff: APIClient) -> None:
        answers = [post(staff, GROUPS, {"name": "clerks"}, idempotency_key="k") for _ in range(2)]

        assert [one.status_code for one in answers] == [201, 201]
        assert Group.objects.count() == 1

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({"name": "clerks"}, ["clerks"]),
            ({"search": "cle"}, ["clerks"]),
            ({"scope": "/acme"}, ["chiefs"]),
            ({"within": "/acme"}, ["chiefs", "eu"]),
            ({"within": "/"}, ["chiefs", "clerks", "eu"]),
            ({"ordering": "-name"}, ["eu", "clerks", "chiefs"]),
            ({"search": "nobody"}, []),
        ],
    )
    @pytest.mark.usefixtures("clerks")
    def test_groups_are_found(self, staff: APIClient, query: dict[str, str], found: list[str]) -> None:
        for name, scope in (("chiefs", "/acme"), ("eu", "/acme/eu")):
            post(staff, GROUPS, {"name": name, "scope": scope})

        assert names(staff.get(GROUPS, query)) == found

    def test_groups_are_found_by_who_is_in_them(self, staff: APIClient, alice: User, clerks: Group) -> None:
        group_of(alice, name="chiefs")

        assert names(staff.get(GROUPS, {"member": str(alice.pk)})) == ["chiefs"]

    def test_groups_come_in_pages(self, staff: APIClient) -> None:
        for n in range(5):
            group_of(name=f"g-{n}")

        first = staff.get(GROUPS, {"page_size": "2"}).json()

        assert [one["name"] for one in first["results"]] == ["g-0", "g-1"]
        assert names(staff.get(first["next"])) == ["g-2", "g-3"]

    @pytest.mark.parametrize(
        ("said", "code"),
        [
            ({"name": "Clerks"}, "invalid_group_name"),
            ({"name": str(uuid4())}, "invalid_group_name"),
            ({"name": MEGABYTE}, "invalid"),
            ({"name": None}, "invalid"),
            ({"name": ["a"]}, "invalid"),
            ({"title": MEGABYTE}, "invalid"),
            ({"title": "a\u202e"}, "invalid"),
            ({"description": 7}, "invalid"),
            ({"scope": "acme"}, "invalid_scope"),
            ({"scope": "/acme/"}, "invalid_scope"),
            ({"scope": "/" + MEGABYTE}, "invalid_scope"),
            ({"scope": ["/"]}, "invalid"),
            ({"members": []}, "unknown_field"),
            ({"id": str(uuid4())}, "unknown_field"),
            ({"version": 7}, "unknown_field"),
        ],
    )
    def test_nonsense_is_refused(self, staff: APIClient, said: dict[str, Any], code: str) -> None:
        answer = post(staff, GROUPS, {"name": "clerks", **said})

        assert (answer.status_code, answer.json()["code"]) == (400, code)
        assert not Group.objects.exists()

    @pytest.mark.parametrize("raw", [b'{"name": "cl\\u0000"}', b'{"name": "\xff"}', b"[]", b"7", b"", b"{"])
    def test_what_is_no_such_document_is_refused(self, staff: APIClient, raw: bytes) -> None:
        assert staff.post(GROUPS, raw, content_type="application/json").status_code == 400

    @pytest.mark.parametrize("said", [{"name": "boss"}, {"scope": "acme"}, {"scope": None}, {"title": [1]}, []])
    def test_a_bad_change_is_refused(self, staff: APIClient, clerks: Group, said: Any) -> None:
        assert staff.patch(where(clerks), said, format="json").status_code == 400

        clerks.refresh_from_db()
        assert clerks.version == 1

    def test_ids_of_other_things_are_no_groups(self, staff: APIClient, alice: User) -> None:
        for other in (alice, role_of("clerk")):
            assert staff.get(f"{GROUPS}{other.pk}/").status_code == 404


class TestMembers:
    def test_a_member_is_let_in_listed_and_taken_out(
        self, staff: APIClient, clerks: Group, alice: User, root: User
    ) -> None:
        added = post(staff, where(clerks, "members"), {"user": str(alice.pk)})
        assert (added.status_code, added.json()["user"], added.json()["added_by"]) == (
            201,
            str(alice.pk),
            str(root.pk),
        )
        assert staff.get(where(clerks, "members")).json()["results"] == [added.json()]

        path = where(clerks, "members", alice.pk)
        assert [staff.delete(path).status_code for _ in range(2)] == [204, 404]
        assert staff.get(where(clerks, "members")).json()["results"] == []

    def test_a_member_is_let_in_once(self, staff: APIClient, alice: User) -> None:
        answer = post(staff, where(group_of(alice), "members"), {"user": str(alice.pk)})

        assert (answer.status_code, answer.json()["code"]) == (409, "already_member")

    def test_the_same_key_gets_the_same_answer(self, staff: APIClient, clerks: Group, alice: User) -> None:
        body, path = {"user": str(alice.pk)}, where(clerks, "members")

        answers = [post(staff, path, body, idempotency_key="k") for _ in range(2)]

        assert [one.status_code for one in answers] == [201, 201]
        assert GroupMembership.objects.count() == 1

    def test_members_are_found(self, staff: APIClient, alice: User, bob: User) -> None:
        found = staff.get(where(group_of(alice, bob), "members"), {"user": str(bob.pk)}).json()["results"]

        assert [one["user"] for one in found] == [str(bob.pk)]

    @pytest.mark.parametrize(
        "body", [{}, [], {"user": "alice"}, {"user": 7}, {"user": None}, {"user": str(uuid4())}, {"user": ["x"]}]
    )
    def test_nobody_else_is_let_in(self, staff: APIClient, clerks: Group, body: Any) -> None:
        assert post(staff, where(clerks, "members"), body).status_code == 400
        assert not GroupMembership.objects.exists()

    def test_a_group_is_no_member(self, staff: APIClient, clerks: Group) -> None:
        assert post(staff, where(clerks, "members"), {"user": str(clerks.pk)}).status_code == 400

    def test_of_a_group_that_is_not_there_nobody_is_a_member(self, staff: APIClient, alice: User) -> None:
        path = f"{GROUPS}{uuid4()}/members/"

        answers = [staff.get(path), post(staff, path, {"user": str(alice.pk)}), staff.delete(f"{path}{alice.pk}/")]

        assert [one.status_code for one in answers] == [404] * 3


class TestAssignmentsToGroups:
    def test_a_group_is_given_a_role_by_name_or_id(self, staff: APIClient, clerks: Group) -> None:
        role_of("clerk", "invoice:view")
        made = [
            post(staff, "/api/v1/role-assignments/", {"role": "clerk", "group": named, "scope": scope})
            for named, scope in (("clerks", "/a"), (str(clerks.pk), "/b"))
        ]

        assert [one.status_code for one in made] == [201, 201]
        told = made[0].json()
        assert (told["group"], told["user"], told["service_account"]) == (str(clerks.pk), None, None)

    @pytest.mark.parametrize("by", ["name", "id"])
    def test_they_are_found_by_group(self, staff: APIClient, alice: User, clerks: Group, by: str) -> None:
        role = role_of("clerk")
        for holder in (alice, clerks, group_of()):
            give_role(holder, role)

        wanted = clerks.name if by == "name" else str(clerks.pk)
        found = staff.get("/api/v1/role-assignments/", {"group": wanted}).json()["results"]

        assert [one["group"] for one in found] == [str(clerks.pk)]

    def test_a_group_that_is_not_there_has_none(self, staff: APIClient, alice: User) -> None:
        give_role(alice, role_of("clerk"))

        assert staff.get("/api/v1/role-assignments/", {"group": "nobody"}).json()["results"] == []
        assert staff.get("/api/v1/role-assignments/", {"role": "nobody"}).json()["results"] == []

    @pytest.mark.parametrize("more", [{}, {"user": True}, {"group": "nobody"}, {"group": 7}, {"group": MEGABYTE}])
    def test_it_has_one_holder_that_is_there(
        self, staff: APIClient, alice: User, clerks: Group, more: dict[str, Any]
    ) -> None:
        role_of("clerk")
        body = {"role": "clerk", **({"group": clerks.name} if "user" in more else {}), **more}

        answer = post(staff, "/api/v1/role-assignments/", body | ({"user": str(alice.pk)} if "user" in more else {}))

        assert (answer.status_code, RoleAssignment.objects.exists()) == (400, False)

    def test_a_deleted_group_ends_what_it_held(self, staff: APIClient, clerks: Group) -> None:
        give_role(clerks, role_of("clerk"))

        assert staff.delete(where(clerks)).status_code == 204

        assert Event.objects.get(kind="rbac.role_assignment.ended").data["group_id"] == str(clerks.pk)


class TestWhoMayNot:
    def test_a_stranger_gets_nothing(self, clerks: Group) -> None:
        for path in (GROUPS, where(clerks), where(clerks, "members")):
            assert APIClient().get(path).status_code == 401

    def test_whoever_holds_nothing_gets_nothing(self, as_user: Client, alice: User, clerks: Group) -> None:
        client = as_user(alice)
        answers = [
            client.get(GROUPS),
            post(client, GROUPS, {"name": "mine"}),
            client.get(where(clerks)),
            client.delete(where(clerks)),
            post(client, where(clerks, "members"), {"user": str(alice.pk)}),
        ]

        assert {one.status_code for one in answers} == {403}

    def test_nobody_climbs_by_a_group(self, as_user: Client, bob: User, clerks: Group) -> None:
        give(bob, "group:*", "role_assignment:*")
        give_role(clerks, role_of("clerk", "invoice:pay"))
        client = as_user(bob)
        answers = [
            post(client, where(clerks, "members"), {"user": str(bob.pk)}),
            client.delete(where(clerks)),
            post(client, "/api/v1/role-assignments/", {"role": "clerk", "group": "clerks", "scope": "/x"}),
        ]

        assert [(one.status_code, one.json()["code"]) for one in answers] == [(403, "privilege_escalation")] * 3


class TestAtAPlace:
    @pytest.fixture
    def manager(self, as_user: Client, bob: User) -> APIClient:
        give(bob, "group:*", "role_assignment:*", scope="/acme")
        return as_user(bob)

    @pytest.mark.usefixtures("clerks")
    def test_a_manager_sees_and_makes_groups_of_her_place_only(self, manager: APIClient) -> None:
        made = post(manager, GROUPS, {"name": "ours"})

        assert (made.status_code, made.json()["scope"]) == (201, "/acme")
        assert names(manager.get(GROUPS)) == ["ours"]
        assert post(manager, GROUPS, {"name": "theirs", "scope": "/"}).status_code == 403

    def test_a_group_elsewhere_is_not_there(self, manager: APIClient, clerks: Group, alice: User) -> None:
        answers = [
            manager.get(where(clerks)),
            manager.patch(where(clerks), {"title": "x"}, format="json"),
            manager.delete(where(clerks)),
            post(manager, where(clerks, "members"), {"user": str(alice.pk)}),
            manager.get(where(clerks, "members")),
        ]

        assert {one.status_code for one in answers} == {404}

    def test_a_group_is_not_moved_out_of_her_place(self, manager: APIClient) -> None:
        path = f"{GROUPS}{post(manager, GROUPS, {'name': 'ours'}).json()['id']}/"

        assert manager.patch(path, {"scope": "/other"}, format="json").status_code == 403
        assert manager.patch(path, {"scope": "/acme/eu"}, format="json").status_code == 200

    def test_assignments_elsewhere_are_neither_seen_nor_ended(self, manager: APIClient, alice: User) -> None:
        role = role_of("clerk")
        here, there = (give_role(alice, role, scope=scope) for scope in ("/acme/eu", "/other"))

        found = manager.get("/api/v1/role-assignments/", {"user": str(alice.pk)}).json()["results"]

        assert [one["id"] for one in found] == [str(here.pk)]
        assert manager.delete(f"/api/v1/role-assignments/{there.pk}/").status_code == 404
        assert manager.delete(f"/api/v1/role-assignments/{here.pk}/").status_code == 204
