"""What staff read about one person's powers: what the form says and keeps back, and what her own page has room for."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import ServiceAccount, User
from accounts.services import service_accounts
from common.actors import SYSTEM
from rbac.models import RoleAssignment
from rbac.tests.factories import give, give_role, group_of, role_of
from rbac.tests.staff import page, shown

pytestmark = pytest.mark.django_db
EXPLAIN = "/admin/rbac/role/explain/"
ASKS = ("decision:evaluate", "user:view")


def explain(client: Client, who: User | ServiceAccount, **more: str) -> Any:
    asked = {who.actor_kind: str(who.pk), "permission": "invoice:approve", "scope": "/acme", "at_0": "", "at_1": ""}
    return client.get(EXPLAIN, {**asked, **more})


def said(answer: Any) -> str:
    return str(answer.content.decode())


@pytest.mark.parametrize(("sees", "told"), [((), "that you may not see"), (("group:view",), "secret-plans")])
def test_a_group_is_named_to_those_who_may_see_it(
    sees: tuple[str, ...], told: str, client: Client, person: Callable[..., User], alice: User
) -> None:
    staff = person("sam", is_staff=True)
    give(staff, *ASKS, *sees)
    give_role(group_of(alice, name="secret-plans"), role_of("clerk", "invoice:approve"))
    client.force_login(staff)

    answer = said(explain(client, alice))

    assert f"through the group {told}" in answer
    assert ("secret-plans" in answer) is bool(sees)


def her_page(who: User) -> str:
    return reverse("admin:accounts_user_change", args=[who.pk])


def assignment_page(given: RoleAssignment) -> str:
    return page("roleassignment", "change", given.pk)


class TestWhatTheFormSays:
    @pytest.mark.parametrize("both", [True, False])
    def test_it_is_asked_about_exactly_one(self, chief: Client, alice: User, both: bool) -> None:
        machine = service_accounts.create("till", actor=SYSTEM, at=timezone.now())
        more = {"service_account": str(machine.pk)} if both else {"user": ""}

        errors = explain(chief, alice, **more).context["form"].errors

        assert errors == {"user": ["Name a user or a service account, and not both."]}

    def test_a_place_that_is_not_hers_is_refused_with_those_that_are(self, limited: Callable[..., Client]) -> None:
        client = limited(*ASKS, scope="/acme")

        answer = explain(client, User.objects.get(email="limited@example.org"), scope="/acmes")

        assert answer.context["form"].errors == {"scope": ["You may ask only at /acme."]}


class TestWhatTheFormKeepsBack:
    def test_roles_that_would_give_it_are_for_who_may_see_roles(
        self, limited: Callable[..., Client], alice: User
    ) -> None:
        role_of("secret-plans", "invoice:approve")

        assert "secret-plans" not in said(explain(limited(*ASKS), alice))

    @pytest.mark.parametrize(("scope", "is_linked"), [("/acme", True), ("/", False)])
    def test_the_assignment_is_linked_where_she_may_see_it(
        self, limited: Callable[..., Client], person: Callable[..., User], scope: str, is_linked: bool
    ) -> None:
        clerk = person("clerk", scope="/acme")
        given = give(clerk, "invoice:approve", scope=scope)
        client = limited(*ASKS, "role_assignment:view", scope="/acme")

        answer = explain(client, clerk)

        assert answer.context["told"]["decision"].allowed
        assert (assignment_page(given) in said(answer)) is is_linked


class TestTheWayThere:
    def test_from_her_page_the_form_is_filled_with_her_and_has_not_been_sent(self, chief: Client, alice: User) -> None:
        address = f"{EXPLAIN}?user={alice.pk}"
        assert address in shown(chief, her_page(alice))

        form = chief.get(address).context["form"]

        assert (form["user"].value(), form.is_bound) == (str(alice.pk), False)


class TestHerPage:
    def test_of_very_much_the_first_is_listed_and_the_rest_counted(self, chief: Client, alice: User) -> None:
        give(alice, *(f"thing{number}:view" for number in range(304)))

        content = shown(chief, her_page(alice))

        assert "And 4 more. Explain a decision to ask about one of them." in content
        assert content.count(":view</code>") == 300
