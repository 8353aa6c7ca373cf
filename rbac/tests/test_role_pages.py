"""The page of a role: what it gives and by which way, who holds it and how, and where it stands among the others."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from common.actors import SYSTEM
from rbac.models import Role
from rbac.services import assignments, builtin
from rbac.tests.factories import give, give_role, group_of, role_of
from rbac.tests.staff import add, change, role_page, shown

pytestmark = pytest.mark.django_db
HIERARCHY = "/admin/rbac/role/hierarchy/"


def holders_page(role: Role, after: str = "") -> str:
    return reverse("admin:rbac_role_holders", args=[role.pk]) + (f"?after={after}" if after else "")


class TestWhatItGives:
    def test_each_permission_tells_from_which_role_it_comes(self, chief: Client) -> None:
        clerk = role_of("clerk", "invoice:view")
        lead = role_of("lead", "user:view", inherits=[role_of("head", inherits=[clerk])])

        said = shown(chief, role_page(lead))

        assert "lead &gt; head &gt; clerk" in said
        assert "itself" in said

    def test_a_builtin_role_names_what_it_inherits_and_is_no_form(self, chief: Client) -> None:
        builtin.install(at=timezone.now())

        said = shown(chief, role_page(Role.objects.get(name="auditor")))

        assert 'id="id_permissions"' not in said
        assert "What it gives" in said

    def test_thousands_of_permissions_are_counted_and_not_all_listed(self, chief: Client) -> None:
        role = role_of("clerk", *(f"thing{number}:view" for number in range(310)))

        assert "And 10 more." in shown(chief, role_page(role))


class TestInheriting:
    def test_juniors_are_chosen_in_the_form(self, chief: Client) -> None:
        clerk = role_of("clerk", "invoice:view")

        add(chief, "role", name="lead", title="", description="", permissions="", inherits=[str(clerk.pk)])

        assert [link.junior for link in Role.objects.get(name="lead").junior_links.all()] == [clerk]

    def test_a_ring_is_told_in_the_form(self, chief: Client) -> None:
        clerk = role_of("clerk")
        lead = role_of("lead", inherits=[clerk])

        answer = change(chief, clerk, permissions="", inherits=[str(lead.pk)], version="1")

        assert "inherit in a ring: clerk &gt; lead &gt; clerk" in answer.content.decode()
        assert not clerk.junior_links.exists()

    def test_a_ring_is_told_before_anybody_is_asked_to_confirm(self, chief: Client) -> None:
        clerk = role_of("clerk")

        answer = change(chief, clerk, permissions="", inherits=[str(clerk.pk)], version="1", _confirmed="")

        assert answer.context["errors"]

    @pytest.mark.parametrize("forged", ["x", "0", "01a20514-0ee7-76f3-b8d7-3551b7453ac6"])
    def test_a_forged_junior_is_told_in_the_form(self, chief: Client, forged: str) -> None:
        answer = add(chief, "role", name="lead", title="", description="", permissions="", inherits=[forged])

        assert answer.status_code == 200
        assert not Role.objects.filter(name="lead").exists()

    @pytest.mark.parametrize("minutes", ["0", "1441", "x", "-5"])
    def test_an_emergency_lasts_some_minutes_of_a_day(self, chief: Client, minutes: str) -> None:
        answer = add(chief, "role", name="fire", title="", description="", permissions="", emergency_minutes=minutes)

        assert answer.context["errors"]


class TestThePicture:
    def test_a_role_stands_between_those_above_and_below_it(self, chief: Client) -> None:
        clerk = role_of("clerk")
        head = role_of("head", inherits=[clerk])
        boss = role_of("boss", inherits=[head])

        said = shown(chief, role_page(head))

        assert f'href="{role_page(clerk)}"' in said
        assert f'href="{role_page(boss)}"' in said
        assert "boss inherits from head." in said

    def test_the_whole_hierarchy_draws_who_inherits_and_names_the_others(self, chief: Client) -> None:
        role_of("head", inherits=[role_of("clerk")])
        role_of("loner")

        context = chief.get(HIERARCHY).context

        assert sorted(box.name for box in context["picture"].boxes) == ["clerk", "head"]
        assert [name for name, _ in context["alone"]] == ["loner"]

    def test_a_name_in_the_picture_stays_text(self, chief: Client) -> None:
        Role.objects.filter(pk=role_of("clerk").pk).update(name="<script>alert(1)</script>")
        role_of("head", inherits=[Role.objects.get()])

        assert "<script>alert(1)" not in shown(chief, HIERARCHY)

    def test_without_roles_it_says_so(self, chief: Client) -> None:
        assert "No role inherits" in shown(chief, HIERARCHY)

    @pytest.mark.wide
    def test_what_has_no_room_is_counted(self, chief: Client) -> None:
        clerk = role_of("clerk")
        for number in range(201):
            role_of(f"head-{number:03}", inherits=[clerk])

        assert chief.get(HIERARCHY).context["left_out"] == 2
        assert "And 2 more, further away." in shown(chief, role_page(clerk))

    def test_it_is_closed_to_who_may_not_see_roles(self, limited: Callable[..., Client]) -> None:
        assert limited("user:view").get(HIERARCHY).status_code == 403


class TestWhoHoldsIt:
    def test_herself_through_a_group_and_by_a_role_above(self, chief: Client, alice: User, bob: User) -> None:
        clerk = role_of("clerk")
        give_role(alice, clerk, scope="/acme")
        give_role(group_of(bob, name="emea"), role_of("lead", inherits=[clerk]), scope="/acme/eu")

        said = shown(chief, role_page(clerk))

        assert "directly" in said
        assert "through the group emea, by the role lead &gt; clerk" in said

    def test_who_holds_it_by_two_ways_is_told_twice(self, chief: Client, alice: User) -> None:
        clerk = role_of("clerk")
        give_role(alice, clerk)
        give_role(group_of(alice), clerk)

        lines = chief.get(holders_page(clerk)).context["told"]["lines"]

        assert [line.name for line in lines] == ["alice@example.org"] * 2

    def test_what_has_ended_or_not_begun_does_not_count(self, chief: Client, alice: User, bob: User) -> None:
        clerk, now = role_of("clerk"), timezone.now()
        assignments.end(give_role(alice, clerk), actor=SYSTEM, at=now)
        give_role(bob, clerk, valid_from=now + timedelta(days=1))

        assert chief.get(holders_page(clerk)).context["told"]["lines"] == []

    def test_page_by_page_everybody_is_told_once(self, chief: Client, person: Callable[..., User]) -> None:
        clerk = role_of("clerk")
        for number in range(51):
            give_role(person(f"p{number}"), clerk)

        first = chief.get(holders_page(clerk)).context["told"]
        second = chief.get(holders_page(clerk, first["last"])).context["told"]

        assert (len(first["lines"]), len(second["lines"]), second["last"]) == (50, 1, "")
        assert len({line.name for line in (*first["lines"], *second["lines"])}) == 51

    @pytest.mark.parametrize("after", ["x", "0", "\0", "-1"])
    def test_whatever_page_is_asked_it_answers(self, chief: Client, after: str) -> None:
        assert chief.get(holders_page(role_of("clerk")), {"after": after}).status_code == 200

    def test_only_what_is_given_at_her_places_is_told(
        self, limited: Callable[..., Client], alice: User, bob: User
    ) -> None:
        clerk = role_of("clerk")
        give_role(alice, clerk, scope="/acme")
        give_role(bob, clerk, scope="/globex")
        client = limited("role_assignment:view", scope="/acme")
        give(User.objects.get(email="limited@example.org"), "role:view")

        (line,) = client.get(holders_page(clerk)).context["told"]["lines"]

        assert line.name == str(alice.pk)

    def test_of_a_group_that_she_may_not_see_she_sees_no_members(
        self, limited: Callable[..., Client], alice: User
    ) -> None:
        clerk, group = role_of("clerk"), group_of(alice)
        give_role(group, clerk, scope="/acme")
        client = limited("role_assignment:view", "role:view", "user:view")

        (line,) = client.get(holders_page(clerk)).context["told"]["lines"]

        assert line.name == str(group.pk)

    def test_the_page_costs_the_same_for_many_as_for_one(
        self, chief: Client, person: Callable[..., User], django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        clerk = role_of("clerk")
        for number in range(30):
            give_role(group_of(person(f"p{number}")), clerk)

        with django_assert_max_num_queries(30):
            assert "p7@example.org" in shown(chief, role_page(clerk))

    def test_it_is_closed_to_who_may_see_no_assignments(self, limited: Callable[..., Client]) -> None:
        clerk = role_of("clerk")

        client = limited("role:view")

        assert client.get(holders_page(clerk)).status_code == 403
        assert "Who holds it" not in shown(client, role_page(clerk))


def test_a_role_that_is_not_there_has_no_holders(chief: Client, alice: User) -> None:
    address = reverse("admin:rbac_role_holders", args=[alice.pk])

    assert chief.get(address).status_code == 404
