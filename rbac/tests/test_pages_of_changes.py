"""The page before a role is saved, in words: nobody, one, many, and those whose names are for others."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from accounts.services import service_accounts
from common.actors import SYSTEM
from rbac.models import Role
from rbac.services import previews
from rbac.tests.factories import declare, give_role, role_of
from rbac.tests.staff import role_page

pytestmark = pytest.mark.django_db


def asked(client: Client, role: Role, permissions: str) -> Any:
    form = {"title": "", "description": "", "version": "1", "permissions": permissions}
    return client.post(role_page(role), form, follow=True)


@pytest.fixture
def clerk(db: None) -> Role:
    return role_of("clerk", "invoice:view")


def test_of_many_patterns_twenty_are_named_and_the_rest_counted(chief: Client, clerk: Role, alice: User) -> None:
    names = [f"thing{number:02}:view" for number in range(23)]
    declare(*names)
    give_role(alice, clerk)

    gain, _ = asked(chief, clerk, "\n".join([*names, "invoice:view"])).context["sides"]

    assert gain.listed[0].what == [f"{', '.join(names[:20])} and 3 more at /, by the role clerk"]


def test_those_who_were_not_looked_at_are_counted(
    chief: Client, clerk: Role, alice: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = service_accounts.create("till", actor=SYSTEM, at=clerk.created_at)
    for holder in (alice, bob, machine):
        give_role(holder, clerk)
    monkeypatch.setattr(previews, "MOST_LOOKED_AT", 1)

    content = asked(chief, clerk, "").content.decode()

    assert "So many hold this role that 2 of them have not been looked at." in content
    assert "1 would lose" in content


@pytest.mark.parametrize(
    ("also", "named"),
    [("user:view", ["alice@example.org", "somebody elsewhere"]), ("service_account:view", ["service_account till"])],
)
def test_people_and_machines_are_named_to_those_who_may_know_of_either(
    limited: Callable[..., Client], clerk: Role, alice: User, also: str, named: list[str]
) -> None:
    for holder in (alice, service_accounts.create("till", actor=SYSTEM, at=clerk.created_at)):
        give_role(holder, clerk)

    _, lose = asked(limited("role:*", "invoice:*", also), clerk, "").context["sides"]

    assert [one.name for one in lose.listed][-len(named) :] == named
    assert lose.total == 2
