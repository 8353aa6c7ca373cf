"""Permissions, roles and assignments over HTTP."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from events.models import Event
from rbac.models import Permission, Role, RoleAssignment
from rbac.services import builtin
from rbac.tests.factories import give, give_role, role_of

pytestmark = pytest.mark.django_db
Client = Callable[[User], APIClient]


@pytest.fixture
def staff(as_user: Client, root: User) -> APIClient:
    return as_user(root)


def post(client: APIClient, path: str, body: Any, **headers: str) -> Any:
    return client.post(f"/api/v1/{path}", body, format="json", headers=headers)


def patch(client: APIClient, path: str, body: Any, **headers: str) -> Any:
    return client.patch(f"/api/v1/{path}", body, format="json", headers=headers)


def get(client: APIClient, path: str, **query: str) -> Any:
    return client.get(f"/api/v1/{path}", query)


def delete(client: APIClient, path: str, **headers: str) -> Any:
    return client.delete(f"/api/v1/{path}", headers=headers)


def names(answer: Any) -> list[str]:
    return [row["name"] for row in answer.json()["results"]]


class TestPermissions:
    def test_a_permission_is_declared_found_and_removed(self, staff: APIClient) -> None:
        made = post(staff, "permissions/", {"name": "invoice:approve", "description": "Approve"})
        assert (made.status_code, made.json()["is_builtin"], made["ETag"]) == (201, False, '"1"')
        assert names(get(staff, "permissions/", search="invoice")) == ["invoice:approve"]

        where = f"permissions/{made.json()['id']}/"
        assert get(staff, where).json() == made.json()
        assert delete(staff, where).status_code == 204
        assert delete(staff, where).status_code == 404

    def test_a_permission_in_use_or_built_in_stays(self, staff: APIClient) -> None:
        role_of("clerk", "invoice:approve")
        used, builtin_one = (Permission.objects.get(name=name).pk for name in ("invoice:approve", "user:view"))

        assert delete(staff, f"permissions/{used}/").json()["code"] == "permission_in_use"
        assert delete(staff, f"permissions/{builtin_one}/").json()["code"] == "builtin_permission"

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"name": "invoice:*"}, "invalid_permission_name"),
            ({"name": "invoice:approve", "is_builtin": True}, "unknown_field"),
            ({"name": 7}, "invalid"),
            ({"name": "a\u202e:b"}, "invalid"),
            ({}, "invalid"),
            ([], "invalid"),
        ],
    )
    def test_a_bad_declaration_is_refused(self, staff: APIClient, body: Any, code: str) -> None:
        answer = post(staff, "permissions/", body)

        assert (answer.status_code, answer.json()["code"]) == (400, code)

    def test_a_permission_in_use_is_described_anew(self, staff: APIClient, root: User) -> None:
        role_of("clerk", "invoice:approve")
        where = f"permissions/{Permission.objects.get(name='invoice:approve').pk}/"
        seen = get(staff, where)

        changed = patch(staff, where, {"description": "Approve\nand release"}, if_match=seen["ETag"])

        assert (changed.status_code, changed["ETag"]) == (200, '"2"')
        assert changed.json() == {**seen.json(), "description": "Approve\nand release"}
        assert get(staff, where).json() == changed.json()
        assert Event.objects.get(kind="rbac.permission.updated").actor_id == root.pk

    def test_what_says_nothing_changes_nothing(self, staff: APIClient) -> None:
        made = post(staff, "permissions/", {"name": "invoice:approve", "description": "Approve"})

        answer = patch(staff, f"permissions/{made.json()['id']}/", {})

        assert (answer.status_code, answer.json(), answer["ETag"]) == (200, made.json(), '"1"')

    def test_of_two_editors_the_second_is_told(self, staff: APIClient) -> None:
        made = post(staff, "permissions/", {"name": "invoice:approve"})
        where = f"permissions/{made.json()['id']}/"
        assert patch(staff, where, {"description": "A"}, if_match=made["ETag"]).status_code == 200

        answers = [patch(staff, where, {"description": "B"}, if_match=made["ETag"])]
        answers += [delete(staff, where, if_match=made["ETag"])]

        assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(412, "precondition_failed")] * 2
        assert get(staff, where).json()["description"] == "A"

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"name": "invoice:release"}, "unknown_field"),
            ({"description": "Approve", "is_builtin": True}, "unknown_field"),
            ({"description": 7}, "invalid"),
            ({"description": None}, "invalid"),
            ({"description": "a\u202eb"}, "invalid"),
            ({"description": "x" * 301}, "invalid"),
            ([], "invalid"),
        ],
    )
    def test_a_bad_description_is_refused(self, staff: APIClient, body: Any, code: str) -> None:
        made = post(staff, "permissions/", {"name": "invoice:approve"}).json()

        answer = patch(staff, f"permissions/{made['id']}/", body)

        assert (answer.status_code, answer.json()["code"]) == (400, code)
        assert get(staff, f"permissions/{made['id']}/").json() == made

    def test_what_is_built_in_or_not_there_is_not_described(self, staff: APIClient) -> None:
        guard = Permission.objects.get(name="user:view")

        answers = [patch(staff, f"permissions/{pk}/", {"description": "Harmless"}) for pk in (guard.pk, uuid4())]

        told = [(answer.status_code, answer.json()["code"]) for answer in answers]
        assert told == [(409, "builtin_permission"), (404, "not_found")]

    def test_who_declares_and_removes_does_not_describe(self, as_user: Client, alice: User) -> None:
        role_of("clerk", "invoice:approve")
        permission = Permission.objects.get(name="invoice:approve")
        give(alice, "permission:view", "permission:add", "permission:delete")

        answer = patch(as_user(alice), f"permissions/{permission.pk}/", {"description": "Harmless"})

        assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
        permission.refresh_from_db()
        assert permission.description == ""

    def test_the_second_declaration_is_a_conflict(self, staff: APIClient) -> None:
        first, second = (post(staff, "permissions/", {"name": "a:b"}) for _ in range(2))

        assert (first.status_code, second.status_code, second.json()["code"]) == (201, 409, "permission_exists")


class TestRoles:
    def test_a_role_is_made_changed_and_deleted(self, staff: APIClient) -> None:
        made = post(staff, "roles/", {"name": "clerk", "title": "Clerk", "permissions": ["user:view", "invoice:*"]})
        assert (made.status_code, made.json()["permissions"]) == (201, ["invoice:*", "user:view"])
        where = f"roles/{made.json()['id']}/"

        changed = patch(staff, where, {"permissions": ["user:view"]}, if_match=made["ETag"])
        assert (changed.status_code, changed.json()["permissions"], changed["ETag"]) == (200, ["user:view"], '"2"')
        assert get(staff, where).json() == changed.json()

        assert delete(staff, where).status_code == 204
        assert get(staff, where).status_code == 404

    def test_of_two_editors_the_second_is_told(self, staff: APIClient) -> None:
        where = f"roles/{role_of('clerk').pk}/"
        seen = get(staff, where)["ETag"]
        assert patch(staff, where, {"title": "A"}, if_match=seen).status_code == 200

        assert patch(staff, where, {"title": "B"}, if_match=seen).status_code == 412
        assert delete(staff, where, if_match=seen).status_code == 412

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"permissions": ["no:such"]}, "unknown_permission"),
            ({"permissions": ["nonsense"]}, "unknown_permission"),
            ({"permissions": "user:view"}, "invalid"),
            ({"permissions": [{}]}, "invalid"),
            ({"permissions": ["user:view\u202e"]}, "invalid"),
            ({"permissions": ["user:view"] * 1001}, "invalid"),
            ({"inherits": ["nobody"]}, "invalid"),
            ({"is_builtin": True}, "unknown_field"),
            ({"name": "Clerk"}, "invalid_role_name"),
            ({"name": str(uuid4())}, "invalid_role_name"),
        ],
    )
    def test_a_bad_role_is_refused(self, staff: APIClient, body: dict[str, Any], code: str) -> None:
        answer = post(staff, "roles/", {"name": "clerk", **body})

        assert (answer.status_code, answer.json()["code"]) == (400, code)
        assert not Role.objects.filter(name="clerk").exists()

    def test_a_role_keeps_its_name(self, staff: APIClient) -> None:
        answer = patch(staff, f"roles/{role_of('clerk').pk}/", {"name": "boss"})

        assert (answer.status_code, answer.json()["code"]) == (400, "unknown_field")

    def test_a_builtin_role_is_read_only(self, staff: APIClient) -> None:
        builtin.install(at=timezone.now())
        where = f"roles/{Role.objects.get(name='auditor').pk}/"

        for answer in (patch(staff, where, {"title": "Boss"}), delete(staff, where)):
            assert (answer.status_code, answer.json()["code"]) == (409, "builtin_role")

    def test_a_role_tells_what_its_wildcards_stand_for(self, staff: APIClient) -> None:
        for name in ("invoice:approve", "invoice:view"):
            post(staff, "permissions/", {"name": name})
        role = role_of("clerk", "invoice:*", "user:view")

        assert get(staff, f"roles/{role.pk}/effective-permissions/").json()["permissions"] == [
            {"name": "invoice:*", "gives": ["invoice:approve", "invoice:view"], "path": ["clerk"]},
            {"name": "user:view", "gives": ["user:view"], "path": ["clerk"]},
        ]

    def test_a_role_tells_who_holds_it_now(self, staff: APIClient, alice: User, bob: User) -> None:
        role = role_of("clerk")
        give_role(alice, role, scope="/acme")
        give_role(bob, role, valid_from=timezone.now() + timedelta(days=1))

        (member,) = get(staff, f"roles/{role.pk}/members/").json()["results"]

        assert (member["user"], member["scope"]) == (str(alice.pk), "/acme")

    def test_roles_are_found_by_what_they_give(self, staff: APIClient) -> None:
        role_of("clerk", "invoice:*")
        role_of("other", "user:view")

        assert names(get(staff, "roles/", permission="invoice:*")) == ["clerk"]
        assert names(get(staff, "roles/", is_builtin="false", ordering="-name")) == ["other", "clerk"]


class TestAssignments:
    def test_a_role_is_given_by_name_or_id_and_ended(self, staff: APIClient, alice: User, root: User) -> None:
        role = role_of("clerk", "user:view")
        for named, scope in ((role.name, "/acme"), (str(role.pk), "/b")):
            made = post(staff, "role-assignments/", {"role": named, "user": str(alice.pk), "scope": scope})
            assert made.status_code == 201, made.content
        told = made.json()
        assert (told["role"], told["user"], told["scope"], told["active"]) == ("clerk", str(alice.pk), "/b", True)
        assert told["assigned_by"] == str(root.pk)

        where = f"role-assignments/{told['id']}/"
        assert delete(staff, where).status_code == 204
        assert get(staff, where).json()["active"] is False
        assert delete(staff, where).status_code == 204

    def test_what_is_given_twice_is_a_conflict(self, staff: APIClient, alice: User) -> None:
        role_of("clerk")
        body = {"role": "clerk", "user": str(alice.pk)}

        answers = [post(staff, "role-assignments/", body) for _ in range(2)]

        assert [a.status_code for a in answers] == [201, 409]
        assert answers[1].json()["code"] == "already_assigned"

    def test_the_same_key_gets_the_same_answer(self, staff: APIClient, alice: User) -> None:
        role_of("clerk")
        body = {"role": "clerk", "user": str(alice.pk)}

        answers = [post(staff, "role-assignments/", body, idempotency_key="k1") for _ in range(2)]

        assert [a.status_code for a in answers] == [201, 201]
        assert RoleAssignment.objects.count() == 1

    @pytest.mark.parametrize(
        ("part", "code"),
        [
            ({"scope": "/acme/"}, "invalid_scope"),
            ({"scope": "acme"}, "invalid_scope"),
            ({"scope": ["/"]}, "invalid"),
            ({"scope": "/a\u202e"}, "invalid_scope"),
            ({"role": "nobody"}, "invalid"),
            ({"role": 7}, "invalid"),
            ({"role": "a\u202e"}, "invalid"),
            ({"role": None}, "invalid"),
            ({"user": str(uuid4())}, "invalid"),
            ({"user": "alice"}, "invalid"),
            ({"user": {}}, "invalid"),
            ({"valid_until": "2001-01-01T00:00:00Z"}, "invalid_period"),
            ({"valid_until": "0001-01-01T00:00:00+14:00"}, "invalid"),
            ({"valid_from": "tomorrow"}, "invalid"),
            ({"assigned_by": str(uuid4())}, "unknown_field"),
        ],
    )
    def test_a_bad_assignment_is_refused(self, staff: APIClient, alice: User, part: dict[str, Any], code: str) -> None:
        role_of("clerk")

        answer = post(staff, "role-assignments/", {"role": "clerk", "user": str(alice.pk), **part})

        assert (answer.status_code, answer.json()["code"]) == (400, code)
        assert answer.json()["errors"][0]["field"] == next(iter(part))

    def test_assignments_are_found_by_each_of_their_sides(self, staff: APIClient, alice: User, bob: User) -> None:
        clerk, other = role_of("clerk"), role_of("other")
        wanted = give_role(alice, clerk, scope="/acme")
        give_role(alice, other), give_role(bob, clerk)
        give_role(bob, other, valid_from=timezone.now() + timedelta(days=1))

        def found(**query: str) -> int:
            return len(get(staff, "role-assignments/", **query).json()["results"])

        assert (found(user=str(alice.pk)), found(role="clerk"), found(role=str(clerk.pk))) == (2, 2, 2)
        assert (found(role="nobody"), found(active="true"), found(active="false")) == (0, 3, 1)
        (row,) = get(staff, "role-assignments/", scope="/acme").json()["results"]
        assert row["id"] == str(wanted.pk)

    def test_the_last_administrator_stays(self, as_user: Client, alice: User) -> None:
        chief = give(alice, "*:*")

        answer = delete(as_user(alice), f"role-assignments/{chief.pk}/")

        assert (answer.status_code, answer.json()["code"]) == (409, "last_administrator")

    def test_who_has_seen_an_older_state_is_told(self, staff: APIClient, alice: User) -> None:
        where = f"role-assignments/{give(alice, 'user:view').pk}/"
        seen = get(staff, where)["ETag"]
        delete(staff, where, if_match=seen)

        assert delete(staff, where, if_match=seen).status_code == 412


class TestNobodyClimbs:
    """L holds `role_assignment:*`, `role:*` and `user:view`, and tries for more (security D4, D10)."""

    @pytest.fixture
    def limited(self, as_user: Client, bob: User) -> APIClient:
        give(bob, "role_assignment:*", "role:*", "user:view")
        builtin.install(at=timezone.now())
        return as_user(bob)

    @pytest.mark.parametrize("headers", [{}, {"idempotency_key": "k1"}])
    @pytest.mark.parametrize("whom", ["bob", "alice"])
    def test_not_by_assignment(
        self, limited: APIClient, alice: User, bob: User, whom: str, headers: dict[str, str]
    ) -> None:
        user = alice if whom == "alice" else bob

        answer = post(limited, "role-assignments/", {"role": "administrator", "user": str(user.pk)}, **headers)

        assert (answer.status_code, answer.json()["code"]) == (403, "privilege_escalation")
        assert not RoleAssignment.objects.filter(role__name="administrator").exists()
        mark = Event.objects.get(kind="rbac.role_assignment.refused")
        assert (mark.actor_id, mark.data["user_id"], mark.data["role"]) == (bob.pk, str(user.pk), "administrator")

    def test_not_by_a_new_role(self, limited: APIClient, bob: User) -> None:
        answer = post(limited, "roles/", {"name": "mine", "permissions": ["*:*"]})

        assert (answer.status_code, answer.json()["code"]) == (403, "privilege_escalation")
        assert answer.json()["missing"] == ["*:*"]
        assert not Role.objects.filter(name="mine").exists()
        assert Event.objects.get(kind="rbac.role.refused").actor_id == bob.pk

    def test_not_by_changing_the_role_he_has(self, limited: APIClient, bob: User) -> None:
        mine = RoleAssignment.objects.get(user=bob).role

        answer = patch(limited, f"roles/{mine.pk}/", {"permissions": ["*:*"]})

        assert (answer.status_code, answer.json()["code"]) == (403, "privilege_escalation")
        assert Event.objects.get(kind="rbac.role.refused").data["attempted"] == "update"

    def test_not_by_taking_from_those_above(self, limited: APIClient, alice: User) -> None:
        theirs = give(alice, "session:end")

        answer = delete(limited, f"role-assignments/{theirs.pk}/")

        assert (answer.status_code, answer.json()["code"]) == (403, "privilege_escalation")
        assert Event.objects.get(kind="rbac.role_assignment.refused").data["attempted"] == "end"

    def test_what_he_holds_he_may_hand_on(self, limited: APIClient, alice: User) -> None:
        role_of("looker", "user:view")

        answer = post(limited, "role-assignments/", {"role": "looker", "user": str(alice.pk)})

        assert answer.status_code == 201


class TestOwnPermissions:
    def test_everybody_sees_what_she_holds_and_from_where(self, as_user: Client, alice: User) -> None:
        given = give(alice, "invoice:*", scope="/acme")

        (held,) = get(as_user(alice), "me/permissions/").json()["permissions"]

        source = {"role": given.role.name, "role_path": [given.role.name], "group": None, "scope": "/acme"}
        source |= {"assignment": str(given.pk), "valid_until": None}
        assert held == {"name": "invoice:*", "sources": [source]}

    @pytest.mark.parametrize(("scope", "count"), [("/acme/eu", 1), ("/acme2", 0), ("/", 0)])
    def test_only_what_holds_at_the_scope_is_told(self, as_user: Client, alice: User, scope: str, count: int) -> None:
        give(alice, "invoice:*", scope="/acme")

        answer = get(as_user(alice), "me/permissions/", scope=scope).json()

        assert (answer["scope"], len(answer["permissions"])) == (scope, count)

    def test_a_bad_scope_is_refused(self, as_user: Client, alice: User) -> None:
        assert get(as_user(alice), "me/permissions/", scope="acme/").json()["code"] == "invalid_scope"
