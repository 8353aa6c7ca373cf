"""Who holds a role, as staff read it: machines, groups, the first of many, and nobody."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import ServiceAccount, User
from accounts.services import service_accounts
from common.actors import SYSTEM
from rbac.models import Role
from rbac.tests.factories import give_role, role_of
from rbac.tests.staff import act, role_page, shown

pytestmark = pytest.mark.django_db
SEES = ("role:view", "role_assignment:view")


def holders_page(role: Role) -> str:
    return reverse("admin:rbac_role_holders", args=[role.pk])


@pytest.fixture
def clerk(db: None) -> Role:
    return role_of("clerk", "invoice:approve")


@pytest.fixture
def machine() -> ServiceAccount:
    return service_accounts.create("till", actor=SYSTEM, at=timezone.now())


@pytest.mark.parametrize("also", ["user:view", "session:view"])
def test_a_machine_of_which_she_may_not_know_is_an_id_without_a_way(
    limited: Callable[..., Client], clerk: Role, machine: ServiceAccount, also: str
) -> None:
    give_role(machine, clerk)

    (line,) = limited(*SEES, also).get(holders_page(clerk)).context["told"]["lines"]

    assert (line.name, line.address) == (str(machine.pk), "")


def test_the_page_of_the_role_shows_twenty_and_leads_to_the_others(
    chief: Client, clerk: Role, person: Callable[..., User]
) -> None:
    people = [person(f"p{number}") for number in range(21)]
    for one in people:
        give_role(one, clerk)
    last = sorted(one.pk for one in people)[19]

    content = shown(chief, role_page(clerk))

    address = f"{holders_page(clerk)}?after={last}"
    assert f'<a href="{address}">Further holders</a>' in content
    assert len(chief.get(address).context["told"]["lines"]) == 1


def test_who_may_not_see_roles_learns_not_even_whether_there_is_one(
    limited: Callable[..., Client], clerk: Role, alice: User
) -> None:
    client = limited("role_assignment:view")
    addresses = [holders_page(clerk), reverse("admin:rbac_role_holders", args=[alice.pk])]

    assert [client.get(one).status_code for one in addresses] == [403, 403]


@pytest.mark.parametrize(("also", "is_offered"), [("invoice:*", True), ("role:view", True), ("invoice:view", False)])
def test_a_role_is_offered_to_who_could_give_it_or_may_see_roles(
    limited: Callable[..., Client], clerk: Role, alice: User, also: str, is_offered: bool
) -> None:
    client = limited("user:view", "role_assignment:add", also)

    answer = act(client, "/admin/accounts/user/", "assign_role", alice)

    assert (clerk in answer.context["form"].fields["role"].queryset) is is_offered
