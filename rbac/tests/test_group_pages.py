"""Groups in the admin: made and moved at her places, members and roles by actions, nothing by forged posts."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from events.models import Event
from rbac.models import Group, GroupMembership, RoleAssignment
from rbac.tests.factories import give_role, group_of, role_of
from rbac.tests.staff import act, add, page, shown

pytestmark = pytest.mark.django_db
LIST, MEMBERS = "/admin/rbac/group/", "/admin/rbac/groupmembership/"


def save(client: Client, group: Group, **form: Any) -> Any:
    said = {"title": "", "description": "", "scope": group.scope, "seen_version": "1", **form}
    none = {
        f"{rows}-{what}_FORMS": "0" for rows in ("role_assignments", "memberships") for what in ("TOTAL", "INITIAL")
    }
    return client.post(page("group", "change", group.pk), {**said, **none}, follow=True)


def come(client: Client, group: Group, *users: User, **more: Any) -> Any:
    chosen = {"users": [str(user.pk) for user in users], "apply": "yes", **more}
    return act(client, LIST, "add_members", group, **chosen)


class TestGroups:
    def test_a_group_is_made_and_changed(self, chief: Client, root: User) -> None:
        add(chief, "group", name="emea", title="EMEA", description="", scope="/acme")
        group = Group.objects.get()
        assert (group.name, group.scope) == ("emea", "/acme")

        save(chief, group, title="All of EMEA", scope="/acme/eu")

        group.refresh_from_db()
        assert (group.title, group.scope) == ("All of EMEA", "/acme/eu")
        assert Event.objects.get(kind="rbac.group.updated").actor_id == root.pk

    def test_of_two_who_edit_one_group_the_second_is_told(self, chief: Client) -> None:
        group = group_of()
        save(chief, group, title="One")

        assert "has changed since you read it" in save(chief, group, title="Two").content.decode()

    @pytest.mark.parametrize("form", [{"name": "No Name"}, {"name": ""}, {"scope": "acme"}, {"title": "a\u202eb"}])
    def test_a_bad_group_is_told_in_the_form(self, chief: Client, form: dict[str, str]) -> None:
        answer = add(chief, "group", **{"name": "emea", "title": "", "description": "", "scope": "/", **form})

        assert answer.context["errors"]
        assert not Group.objects.exists()

    def test_a_name_is_taken_once(self, chief: Client) -> None:
        group_of(name="emea")

        assert "already" in add(chief, "group", name="emea", title="", description="", scope="/").content.decode()

    def test_a_group_is_deleted_with_what_it_holds(self, chief: Client) -> None:
        group = group_of()
        give_role(group, role_of("clerk"))

        chief.post(page("group", "delete", group.pk), {"post": "yes"})

        assert not Group.objects.exists()

    def test_its_page_shows_its_members_and_its_roles(self, chief: Client, alice: User) -> None:
        group = group_of(alice)
        give_role(group, role_of("clerk"), scope="/acme/eu")

        said = shown(chief, page("group", "change", group.pk))

        assert all(word in said for word in ("alice@example.org", "/acme/eu", "Add members", "Assign a role"))


class TestMembers:
    def test_they_are_asked_for_and_come_in(self, chief: Client, alice: User, bob: User) -> None:
        group = group_of()
        assert "Users" in act(chief, LIST, "add_members", group).content.decode()

        answer = come(chief, group, alice, bob)

        assert "2 of 2 members added" in answer.content.decode()
        assert set(group.memberships.values_list("user", flat=True)) == {alice.pk, bob.pk}

    def test_who_is_in_it_already_is_told(self, chief: Client, alice: User) -> None:
        assert "already" in come(chief, group_of(alice), alice).content.decode()

    @pytest.mark.parametrize("users", [[], ["x"], ["0"], ["01a20514-0ee7-76f3-b8d7-3551b7453ac6"]])
    def test_a_bad_choice_is_asked_again(self, chief: Client, users: list[str]) -> None:
        answer = come(chief, group_of(), users=users)

        assert answer.context["form"].errors

    def test_they_are_taken_out_on_the_list_of_members(self, chief: Client, alice: User) -> None:
        group = group_of(alice)

        answer = act(chief, MEMBERS, "remove", group.memberships.get())

        assert "1 of 1 members removed" in answer.content.decode()
        assert not GroupMembership.objects.exists()

    @pytest.mark.parametrize("term", ["alice@", "emea", "id"])
    def test_they_are_found_by_address_group_and_id(self, chief: Client, alice: User, bob: User, term: str) -> None:
        row = group_of(alice, name="emea").memberships.get()
        group_of(bob)

        found = chief.get(MEMBERS, {"q": str(row.pk) if term == "id" else term}).context["cl"].result_list

        assert list(found) == [row]

    def test_who_may_not_know_of_a_member_sees_and_finds_no_address(
        self, limited: Callable[..., Client], alice: User
    ) -> None:
        group_of(alice)
        client = limited("group:view")

        assert "alice@" not in shown(client, MEMBERS)
        assert list(client.get(MEMBERS, {"q": "alice@"}).context["cl"].result_list) == []

    def test_a_role_is_given_to_the_group(self, chief: Client) -> None:
        group, role = group_of(), role_of("clerk")

        act(chief, LIST, "assign_role", group, apply="yes", role=str(role.pk), scope="/acme")

        assert RoleAssignment.objects.get(group=group).scope == "/acme"

    def test_a_role_is_given_to_it_on_the_form_of_assignments(self, chief: Client, alice: User) -> None:
        group, role = group_of(), role_of("clerk")
        form = {"role": str(role.pk), "scope": "/", "group": str(group.pk)}
        assert add(chief, "roleassignment", **form, user=str(alice.pk)).context["errors"]

        add(chief, "roleassignment", **form)

        assert RoleAssignment.objects.get().holder == group


class TestForgedPosts:
    def test_one_who_may_look_changes_nothing(self, limited: Callable[..., Client], alice: User, bob: User) -> None:
        group = group_of(alice)
        client, before = limited("group:view", "user:view", "role_assignment:view", "role:view"), Event.objects.count()

        add(client, "group", name="mine", title="", description="", scope="/")
        save(client, group, title="Mine")
        client.post(page("group", "delete", group.pk), {"post": "yes"})
        come(client, group, bob)
        act(client, MEMBERS, "remove", group.memberships.get())
        act(client, LIST, "delete_selected", group, post="yes")

        assert Event.objects.count() == before
        assert [one.user for one in group.memberships.all()] == [alice]

    def test_nobody_lets_in_to_what_he_does_not_hold(self, limited: Callable[..., Client], alice: User) -> None:
        group = group_of()
        give_role(group, role_of("clerk", "invoice:approve"))
        client = limited("group:*", "user:view")

        assert "You do not hold invoice:approve" in come(client, group, alice).content.decode()
        assert not group.memberships.exists()
        assert Event.objects.get(kind="rbac.group.refused").data["attempted"] == "add_member"

    def test_nobody_is_let_in_of_whom_she_may_not_know(self, limited: Callable[..., Client], alice: User) -> None:
        group = group_of()

        answer = come(limited("group:*"), group, alice)

        assert answer.context["form"].errors
        assert not group.memberships.exists()

    @pytest.mark.parametrize("scope", ["/", "/globex", "/acmes"])
    def test_no_group_is_made_or_moved_to_where_she_may_not(self, limited: Callable[..., Client], scope: str) -> None:
        group = group_of()
        Group.objects.filter(pk=group.pk).update(scope="/acme")
        group.refresh_from_db()
        client = limited("group:*", scope="/acme")

        add(client, "group", name="mine", title="", description="", scope=scope)
        save(client, group, scope=scope)

        assert list(Group.objects.values_list("scope", flat=True)) == ["/acme"]
