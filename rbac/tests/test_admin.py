"""Staff's pages: what they do goes through the services, and forged posts do nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from events.models import Event
from rbac.models import Permission, Role, RoleAssignment
from rbac.selectors import patterns_of
from rbac.services import builtin
from rbac.tests.factories import declare, give, give_role, role_of
from rbac.tests.staff import act, add, change, page

pytestmark = pytest.mark.django_db
SEEN = ("user:view", "role:view", "permission:view", "role_assignment:view")


def given_by_form(user: User, role: Role, **more: str) -> dict[str, Any]:
    return {"user": str(user.pk), "role": str(role.pk), "scope": "/", **more}


def describe(client: Client, permission: Permission, **form: str) -> Any:
    return client.post(page("permission", "change", permission.pk), {"seen_version": "1", **form}, follow=True)


@pytest.mark.parametrize("model", ["permission", "role", "roleassignment"])
def test_lists_and_forms_open_for_those_who_may(chief: Client, alice: User, model: str) -> None:
    give(alice, "user:view")

    assert chief.get(page(model, "changelist")).status_code == 200
    assert chief.get(page(model, "add")).status_code == 200


@pytest.mark.parametrize("model", ["permission", "role", "roleassignment"])
def test_pages_are_closed_to_the_others(limited: Callable[..., Client], model: str) -> None:
    client = limited("user:view")

    assert client.get(page(model, "changelist")).status_code == 403
    assert client.get(page(model, "add")).status_code == 403


class TestRoles:
    def test_a_role_is_made_and_changed_as_lines_of_permissions(self, chief: Client, root: User) -> None:
        add(chief, "role", name="clerk", title="Clerk", description="", permissions="user:view\r\ninvoice:*\r\n")
        role = Role.objects.get(name="clerk")
        assert patterns_of(role) == ["invoice:*", "user:view"]

        change(chief, role, permissions="user:view", version="1")

        assert patterns_of(role) == ["user:view"]
        assert Event.objects.get(kind="rbac.role.updated").actor_id == root.pk

    def test_of_two_who_edit_one_role_the_second_is_told(self, chief: Client) -> None:
        role = role_of("clerk", "user:view")
        change(chief, role, permissions="user:view\nrole:view", version="1")

        answer = change(chief, role, permissions="", version="1")

        assert "has changed since you read it" in answer.content.decode()
        assert patterns_of(role) == ["role:view", "user:view"]

    @pytest.mark.parametrize("permissions", ["no:such", "user:view nonsense", "user:\u202eview"])
    def test_a_bad_permission_is_told_in_the_form(self, chief: Client, permissions: str) -> None:
        answer = add(chief, "role", name="clerk", title="", description="", permissions=permissions)

        assert answer.context["errors"]
        assert not Role.objects.filter(name="clerk").exists()

    def test_a_builtin_role_is_shown_and_cannot_be_changed(self, chief: Client) -> None:
        builtin.install(at=timezone.now())
        auditor = Role.objects.get(name="auditor")

        shown = chief.get(page("role", "change", auditor.pk)).content.decode()
        assert "*:view" in shown

        assert change(chief, auditor, permissions="*:*", version="1").status_code == 403
        assert chief.post(page("role", "delete", auditor.pk), {"post": "yes"}).status_code == 403
        assert patterns_of(auditor) == ["*:view"]

    def test_a_role_is_deleted(self, chief: Client) -> None:
        role = role_of("clerk")

        chief.post(page("role", "delete", role.pk), {"post": "yes"})

        assert not Role.objects.filter(pk=role.pk).exists()

    def test_a_role_that_somebody_holds_is_not_deleted(self, chief: Client, alice: User) -> None:
        role = give(alice, "user:view").role

        answer = chief.post(page("role", "delete", role.pk), {"post": "yes"}, follow=True)

        assert "Somebody holds" in answer.content.decode()
        assert Role.objects.filter(pk=role.pk).exists()

    def test_its_page_shows_who_holds_it(self, chief: Client, alice: User) -> None:
        role = give(alice, "user:view", scope="/acme").role

        shown = chief.get(page("role", "change", role.pk)).content.decode()

        assert "alice@example.org" in shown
        assert "/acme" in shown


class TestPermissions:
    def test_a_permission_is_declared_and_removed(self, chief: Client) -> None:
        add(chief, "permission", name="invoice:approve", description="")
        made = Permission.objects.get(name="invoice:approve")

        chief.post(page("permission", "delete", made.pk), {"post": "yes"})

        assert not Permission.objects.filter(pk=made.pk).exists()

    def test_its_description_is_changed_and_its_name_is_not(self, chief: Client, root: User) -> None:
        role_of("clerk", "invoice:approve")
        held = Permission.objects.get(name="invoice:approve")

        describe(chief, held, description="Approve it", name="invoice:release")

        held.refresh_from_db()
        assert (held.name, held.description, held.version) == ("invoice:approve", "Approve it", 2)
        assert Event.objects.get(kind="rbac.permission.updated").actor_id == root.pk

    def test_the_page_says_which_version_it_was_opened_at(self, chief: Client) -> None:
        declare("invoice:approve")
        held = Permission.objects.get(name="invoice:approve")
        describe(chief, held, description="Approve it")

        shown = chief.get(page("permission", "change", held.pk))

        form = shown.context["adminform"].form
        assert (form.initial["description"], form.initial["seen_version"]) == ("Approve it", 2)
        assert 'name="seen_version" value="2"' in shown.content.decode()

    def test_of_two_who_describe_one_permission_the_second_is_told(self, chief: Client) -> None:
        declare("invoice:approve")
        held = Permission.objects.get(name="invoice:approve")
        describe(chief, held, description="First")

        answer = describe(chief, held, description="Second")

        assert "has changed since you read it" in answer.content.decode()
        assert Permission.objects.get(pk=held.pk).description == "First"

    @pytest.mark.parametrize("words", ["a\u202eb", "x" * 301])
    def test_a_bad_description_is_told_in_the_form(self, chief: Client, words: str) -> None:
        declare("invoice:approve")
        held = Permission.objects.get(name="invoice:approve")

        answers = [
            describe(chief, held, description=words),
            add(chief, "permission", name="a:b", description=words),
        ]

        assert all(answer.context["errors"] for answer in answers)
        assert list(Permission.objects.filter(is_builtin=False).values_list("name", "description")) == [(held.name, "")]

    def test_a_builtin_one_is_shown_and_not_described(self, chief: Client) -> None:
        found = Permission.objects.get(name="user:view")

        shown = chief.get(page("permission", "change", found.pk)).content.decode()
        assert found.description in shown
        assert 'name="description"' not in shown

        assert describe(chief, found, description="Harmless").status_code == 403
        assert Permission.objects.get(pk=found.pk).description == found.description

    def test_a_builtin_one_stays(self, chief: Client) -> None:
        found = Permission.objects.get(name="user:view")

        assert chief.post(page("permission", "delete", found.pk), {"post": "yes"}).status_code == 403
        assert Permission.objects.filter(pk=found.pk).exists()


class TestAssignments:
    def test_a_role_is_given_and_ended(self, chief: Client, alice: User, root: User) -> None:
        add(chief, "roleassignment", **given_by_form(alice, role_of("clerk", "user:view"), scope="/acme"))
        given = RoleAssignment.objects.get(user=alice)
        assert (given.scope, given.assigned_by) == ("/acme", root.pk)

        answer = act(chief, page("roleassignment", "changelist"), "end", given)

        assert "1 of 1 assignments ended" in answer.content.decode()
        given.refresh_from_db()
        assert given.ended_by == root.pk

    @pytest.mark.parametrize(
        "more", [{"scope": "acme/"}, {"scope": ""}, {"valid_until_0": "2001-01-01", "valid_until_1": "0:0"}]
    )
    def test_a_bad_assignment_is_told_in_the_form(self, chief: Client, alice: User, more: dict[str, str]) -> None:
        answer = add(chief, "roleassignment", **given_by_form(alice, role_of("clerk"), **more))

        assert answer.context["errors"]
        assert not RoleAssignment.objects.filter(user=alice).exists()

    @pytest.mark.wide
    @pytest.mark.parametrize("field", ["user", "service_account", "group", "role"])
    @pytest.mark.parametrize("forged", ["x", "0", "\0"])
    def test_what_is_no_id_is_told_in_the_form(self, chief: Client, field: str, forged: str) -> None:
        answer = add(chief, "roleassignment", scope="/", **{field: forged})

        assert answer.context["errors"]
        assert chief.get(page("roleassignment", "add"), {field: forged}).status_code == 200

    def test_what_is_given_twice_is_told_in_the_form(self, chief: Client, alice: User) -> None:
        role = role_of("clerk")
        give_role(alice, role)

        answer = add(chief, "roleassignment", **given_by_form(alice, role))

        assert "already" in answer.content.decode()

    def test_an_assignment_is_not_edited(self, chief: Client, alice: User) -> None:
        given = give(alice, "user:view")

        answer = chief.post(page("roleassignment", "change", given.pk), {"scope": "/acme", "reason": "x"})

        assert answer.status_code == 403
        given.refresh_from_db()
        assert given.scope == "/"

    @pytest.mark.parametrize("term", ["ali@", "alice@ex", "clerk", "id", "user"])
    def test_assignments_are_found_by_person_role_and_id(self, chief: Client, alice: User, term: str) -> None:
        given = give_role(alice, role_of("clerk"))
        said = {"id": str(given.pk), "user": str(alice.pk)}.get(term, term)

        found = chief.get(page("roleassignment", "changelist"), {"q": said}).context["cl"].result_list

        assert list(found) == ([] if term == "ali@" else [given])

    def test_the_last_administrator_stays(self, limited: Callable[..., Client]) -> None:
        client = limited("*:*")

        answer = act(client, page("roleassignment", "changelist"), "end", RoleAssignment.objects.get())

        assert "Nobody would be left" in answer.content.decode()
        assert RoleAssignment.objects.get().ended_at is None


class TestOnThePageOfAPerson:
    def test_her_assignments_are_shown(self, chief: Client, alice: User) -> None:
        give_role(alice, role_of("clerk"), scope="/acme/eu")

        shown = chief.get(reverse("admin:accounts_user_change", args=[alice.pk])).content.decode()

        assert "/acme/eu" in shown
        assert "Assign a role" in shown

    def test_a_role_is_chosen_and_given_to_all_who_were_ticked(self, chief: Client, alice: User, bob: User) -> None:
        role, people = role_of("clerk", "user:view"), reverse("admin:accounts_user_changelist")
        asked = act(chief, people, "assign_role", alice, bob)
        assert "clerk" in asked.content.decode()

        answer = act(chief, people, "assign_role", alice, bob, apply="yes", role=str(role.pk), scope="/acme")

        assert "2 of 2 got the role clerk" in answer.content.decode()
        assert RoleAssignment.objects.filter(role=role, scope="/acme", user__in=[alice, bob]).count() == 2

    def test_the_button_on_her_page_leads_back_to_it(self, chief: Client, alice: User) -> None:
        role, people = role_of("clerk", "user:view"), reverse("admin:accounts_user_changelist")
        asked = act(chief, people, "assign_role", alice, _from_its_page="1").content.decode()
        assert 'name="_from_its_page"' in asked

        form = {"apply": "yes", "role": str(role.pk), "scope": "/", "_from_its_page": "1"}
        answer = act(chief, people, "assign_role", alice, **form)

        assert answer.redirect_chain[-1][0] == reverse("admin:accounts_user_change", args=[alice.pk])

    @pytest.mark.parametrize("more", [{"scope": "acme"}, {"role": ""}, {"role": "x"}, {"valid_until_0": "x"}])
    def test_a_bad_choice_is_asked_again(self, chief: Client, alice: User, more: dict[str, str]) -> None:
        form = {"role": str(role_of("clerk").pk), "scope": "/", "apply": "yes", **more}

        answer = act(chief, reverse("admin:accounts_user_changelist"), "assign_role", alice, **form)

        assert answer.context["form"].errors
        assert not RoleAssignment.objects.filter(user=alice).exists()

    def test_what_is_not_held_is_not_given_and_leaves_its_mark(
        self, limited: Callable[..., Client], alice: User
    ) -> None:
        client, role = limited(*SEEN, "role_assignment:add"), role_of("clerk", "invoice:approve")
        form = {"role": str(role.pk), "scope": "/", "apply": "yes"}

        answer = act(client, reverse("admin:accounts_user_changelist"), "assign_role", alice, **form)

        assert "You do not hold invoice:approve" in answer.content.decode()
        assert Event.objects.filter(kind="rbac.role_assignment.refused").count() == 1

    def test_the_action_is_closed_to_who_may_not_assign(self, limited: Callable[..., Client], alice: User) -> None:
        client, role = limited(*SEEN), role_of("clerk", "user:view")
        form = {"role": str(role.pk), "scope": "/", "apply": "yes"}

        act(client, reverse("admin:accounts_user_changelist"), "assign_role", alice, **form)

        assert not RoleAssignment.objects.filter(user=alice).exists()


class TestForgedPosts:
    """L may look at everything here, and change nothing (security D6)."""

    def test_one_who_may_look_changes_nothing(self, limited: Callable[..., Client], alice: User) -> None:
        client, role, given = limited(*SEEN), role_of("clerk", "user:view"), give(alice, "user:view")
        declare("invoice:approve")
        before = Event.objects.count()

        answers = [
            add(client, "role", name="mine", title="", description="", permissions="*:*"),
            add(client, "permission", name="a:b", description=""),
            describe(client, Permission.objects.get(name="invoice:approve"), description="Harmless"),
            add(client, "roleassignment", **given_by_form(alice, role)),
            change(client, role, permissions="*:*", version="1"),
            client.post(page("role", "delete", role.pk), {"post": "yes"}),
            client.post(page("roleassignment", "delete", given.pk), {"post": "yes"}),
        ]

        assert [answer.status_code for answer in answers] == [403] * 7
        act(client, page("roleassignment", "changelist"), "end", given)
        act(client, page("roleassignment", "changelist"), "delete_selected", given, post="yes")
        assert Event.objects.count() == before
        assert RoleAssignment.objects.standing(at=timezone.now()).filter(pk=given.pk).exists()

    def test_inline_rows_are_not_written(self, chief: Client, alice: User, bob: User) -> None:
        role = give(alice, "user:view").role
        rows = {"assignments-TOTAL_FORMS": "1", "assignments-INITIAL_FORMS": "0", "assignments-0-user": str(bob.pk)}

        change(chief, role, permissions="user:view", version="1", **rows, **{"assignments-0-scope": "/"})

        assert not RoleAssignment.objects.filter(user=bob).exists()

    def test_one_who_may_assign_gives_nothing_that_he_does_not_hold(
        self, limited: Callable[..., Client], alice: User
    ) -> None:
        client, role = limited(*SEEN, "role_assignment:*"), role_of("clerk", "invoice:approve")

        answer = add(client, "roleassignment", **given_by_form(alice, role))

        assert "You do not hold invoice:approve at / yourself." in answer.content.decode()
        assert not RoleAssignment.objects.filter(user=alice).exists()
        assert Event.objects.filter(kind="rbac.role_assignment.refused").count() == 1

    def test_one_who_may_end_ends_nothing_that_he_does_not_hold(
        self, limited: Callable[..., Client], alice: User
    ) -> None:
        client, given = limited(*SEEN, "role_assignment:*"), give(alice, "invoice:approve")

        answer = act(client, page("roleassignment", "changelist"), "end", given)

        assert "0 of 1 assignments ended" in answer.content.decode()
        assert Event.objects.filter(kind="rbac.role_assignment.refused").count() == 1

    @pytest.mark.parametrize("attempt", ["create", "update", "delete"])
    def test_one_who_may_edit_roles_makes_none_that_gives_more_than_he_holds(
        self, limited: Callable[..., Client], attempt: str
    ) -> None:
        client, role = limited(*SEEN, "role:*"), role_of("clerk", "invoice:approve")

        if attempt == "create":
            add(client, "role", name="mine", title="", description="", permissions="*:*")
        elif attempt == "update":
            change(client, role, permissions="*:*", version="1")
        else:
            client.post(page("role", "delete", role.pk), {"post": "yes"})

        assert list(Role.objects.filter(name__in=["mine", "clerk"])) == [role]
        assert patterns_of(role) == ["invoice:approve"]
        assert Event.objects.get(kind="rbac.role.refused").data["attempted"] == attempt
