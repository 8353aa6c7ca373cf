"""Why she may or may not, told to staff: on a form, and on the pages of people and machines."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import ServiceAccount, User
from accounts.services import lifecycle, service_accounts
from common.actors import SYSTEM
from rbac.tests.factories import give, give_role, group_of, role_of
from rbac.tests.staff import role_page, shown

pytestmark = pytest.mark.django_db
EXPLAIN = "/admin/rbac/role/explain/"


def explain(client: Client, who: User, permission: str = "invoice:approve", **more: str) -> Any:
    asked = {"user": str(who.pk), "permission": permission, "scope": "/acme", "at_0": "", "at_1": "", **more}
    return client.get(EXPLAIN, asked)


def reason(answer: Any) -> str:
    assert answer.context["told"], answer.context["form"].errors
    return str(answer.context["told"]["reason"])


def her_page(holder: User | ServiceAccount) -> str:
    return reverse(f"admin:accounts_{holder._meta.model_name}_change", args=[holder.pk])


@pytest.fixture
def machine() -> ServiceAccount:
    return service_accounts.create("till", actor=SYSTEM, at=timezone.now())


class TestTheForm:
    def test_a_yes_names_the_way_by_which_it_comes(self, chief: Client, alice: User) -> None:
        lead = role_of("lead", inherits=[role_of("clerk", "invoice:approve")])
        give_role(group_of(alice, name="emea"), lead, scope="/acme")

        answer = explain(chief, alice)

        assert answer.context["told"]["decision"].allowed
        assert reason(answer).startswith("role lead > clerk allows invoice:approve at /acme; it is assigned at /acme")
        assert "through the group emea" in reason(answer)

    def test_a_no_names_the_nearest_miss(self, chief: Client, alice: User) -> None:
        give(alice, "invoice:approve", scope="/acme/us")

        assert "assigned only at /acme/us, not at /acme" in reason(explain(chief, alice))

    def test_of_one_who_holds_nothing_it_names_the_roles_that_would(self, chief: Client, alice: User) -> None:
        role_of("clerk", "invoice:approve")

        assert "clerk would" in reason(explain(chief, alice))

    def test_it_answers_for_another_time(self, chief: Client, alice: User) -> None:
        give(alice, "invoice:approve", valid_until=timezone.now() + timedelta(hours=1))

        answer = explain(chief, alice, at_0="2100-01-01", at_1="12:00:00")

        assert "ended" in reason(answer)

    def test_it_answers_for_machines(self, chief: Client, machine: ServiceAccount) -> None:
        give(machine, "invoice:approve")

        asked = {"service_account": str(machine.pk), "permission": "invoice:approve", "scope": "/"}

        assert "allows" in reason(chief.get(EXPLAIN, asked))

    def test_what_nobody_has_declared_is_said(self, chief: Client, alice: User) -> None:
        assert "Nobody has declared" in explain(chief, alice, "invoice:aprove").content.decode()

    @pytest.mark.wide
    @pytest.mark.parametrize(
        "more",
        [
            {"permission": "nonsense"},
            {"permission": "invoice:*"},
            {"permission": "a\0:b"},
            {"scope": "acme"},
            {"scope": ""},
            {"user": "x"},
            {"user": ""},
            {"user": "01a20514-0ee7-76f3-b8d7-3551b7453ac6"},
            {"service_account": "x"},
            {"at_0": "x"},
            {"at_0": "2030-01-01", "at_1": ""},
        ],
    )
    def test_what_cannot_be_asked_is_told_in_the_form(self, chief: Client, alice: User, more: dict[str, str]) -> None:
        answer = explain(chief, alice, **more)

        assert answer.context["form"].errors
        assert answer.context["told"] is None

    @pytest.mark.parametrize("query", ["", "?user=x", "?at=x&at_0=y", "?scope=%00", "?user=%00&service_account=1"])
    def test_an_empty_form_answers_whatever_it_is_filled_with(self, chief: Client, query: str) -> None:
        assert chief.get(f"{EXPLAIN}{query}").status_code == 200


class TestWhoMayAsk:
    def test_it_is_closed_to_who_may_not_evaluate(self, limited: Callable[..., Client], alice: User) -> None:
        assert explain(limited("user:view", "role:view"), alice).status_code == 403

    def test_of_people_elsewhere_nothing_is_told(self, limited: Callable[..., Client], alice: User) -> None:
        client = limited("decision:evaluate", "user:view", scope="/acme")

        answer = explain(client, alice)

        assert answer.context["form"].errors["user"]
        assert "alice@" not in answer.content.decode()

    def test_nothing_is_told_of_other_places(self, limited: Callable[..., Client], person: Any) -> None:
        client = limited("decision:evaluate", "user:view", scope="/acme")

        answer = explain(client, person("clerk", scope="/acme"), scope="/globex")

        assert answer.context["form"].errors["scope"]

    def test_a_miss_elsewhere_is_not_told(self, limited: Callable[..., Client], person: Any) -> None:
        clerk = person("clerk", scope="/acme")
        give(clerk, "invoice:approve", scope="/globex")

        answer = explain(limited("decision:evaluate", "user:view", scope="/acme"), clerk)

        assert reason(answer) == "no role held allows invoice:approve"


class TestOnThePageOfAPerson:
    def test_each_permission_stands_at_its_scope_with_its_reason(self, chief: Client, alice: User) -> None:
        lead = role_of("lead", inherits=[role_of("clerk", "invoice:approve")])
        give_role(group_of(alice, name="emea"), lead, scope="/acme", valid_until=timezone.now() + timedelta(days=1))
        give(alice, "rocket:launch", scope="/globex")

        said = shown(chief, her_page(alice))

        for word in ("<code>/acme</code>", "lead &gt; clerk", "through the group emea", "rocket:launch", "/globex"):
            assert word in said

    def test_machines_have_the_same(self, chief: Client, machine: ServiceAccount) -> None:
        give(machine, "rocket:launch")

        assert "<code>rocket:launch</code>" in shown(chief, her_page(machine))

    def test_who_is_deactivated_holds_nothing(self, chief: Client, alice: User) -> None:
        give(alice, "rocket:launch")
        lifecycle.deactivate(alice, reason="test", actor=SYSTEM, at=timezone.now())

        assert "allows nothing" in shown(chief, her_page(alice))

    def test_what_is_held_elsewhere_is_not_told(self, limited: Callable[..., Client], person: Any) -> None:
        clerk = person("clerk", scope="/acme")
        give(clerk, "invoice:view", scope="/acme")
        give(clerk, "rocket:launch", scope="/globex")

        said = shown(limited("user:view", "role_assignment:view", scope="/acme"), her_page(clerk))

        assert "invoice:view" in said
        assert "rocket:launch" not in said

    def test_a_group_that_she_may_not_see_is_not_named(self, limited: Callable[..., Client], alice: User) -> None:
        give_role(group_of(alice, name="secret-plans"), role_of("clerk", "invoice:view"))

        said = shown(limited("user:view", "role_assignment:view"), her_page(alice))

        assert "invoice:view" in said
        assert "secret-plans" not in said

    def test_it_is_not_told_to_who_may_see_no_assignments(self, limited: Callable[..., Client], alice: User) -> None:
        give(alice, "rocket:launch")

        assert "rocket:launch" not in shown(limited("user:view"), her_page(alice))

    def test_it_costs_the_same_for_much_as_for_little(self, chief: Client, alice: User) -> None:
        give_role(group_of(alice), role_of("clerk", "thing:view"))
        shown(chief, her_page(alice))
        with CaptureQueriesContext(connection) as few:
            shown(chief, her_page(alice))
        for number in range(15):
            give_role(group_of(alice), role_of(f"clerk-{number}", f"thing{number}:view"), scope=f"/acme/{number}")

        with CaptureQueriesContext(connection) as many:
            assert "thing14:view" in shown(chief, her_page(alice))
        # One more reads the roles anew, since they have changed.
        assert len(many) <= len(few) + 1


def test_the_form_is_linked_from_roles_and_people_for_those_who_may_ask(
    chief: Client, limited: Callable[..., Client], alice: User
) -> None:
    clerk = role_of("clerk", "invoice:view")
    pages = [role_page(clerk), her_page(alice)]
    assert [EXPLAIN in shown(chief, one) for one in pages] == [True, True]

    client = limited("role:view", "user:view", "role_assignment:view")

    assert [EXPLAIN in shown(client, one) for one in pages] == [False, False]
