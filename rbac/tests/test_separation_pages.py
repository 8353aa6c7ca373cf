"""Separations of duty in the admin."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from events.models import Event
from rbac.models import Role, SeparationOfDuty
from rbac.tests.factories import give_role, role_of, separate
from rbac.tests.staff import add, page, shown

pytestmark = pytest.mark.django_db


@pytest.fixture
def payer() -> Role:
    return role_of("payer", "invoice:pay")


@pytest.fixture
def booker() -> Role:
    return role_of("booker", "invoice:book")


def form(*roles: Role, **more: Any) -> dict[str, Any]:
    said = {"name": "four-eyes", "kind": "static", "limit": "1", "description": "", "seen_version": "1"}
    return {**said, "roles": [str(role.pk) for role in roles], **more}


def save(client: Client, row: SeparationOfDuty, *roles: Role, **more: Any) -> Any:
    return client.post(page("separationofduty", "change", row.pk), form(*roles, **more), follow=True)


def test_one_is_made_changed_and_deleted(chief: Client, payer: Role, booker: Role) -> None:
    add(chief, "separationofduty", **form(payer, booker))
    row = SeparationOfDuty.objects.get()

    save(chief, row, payer, booker, kind="dynamic")
    row.refresh_from_db()
    assert (row.kind, row.separated.count()) == ("dynamic", 2)

    chief.post(page("separationofduty", "delete", row.pk), {"post": "yes"})
    assert not SeparationOfDuty.objects.exists()


def test_one_that_somebody_breaks_already_is_told_in_the_form(
    chief: Client, payer: Role, booker: Role, alice: User
) -> None:
    give_role(alice, payer)
    give_role(alice, booker)

    answer = add(chief, "separationofduty", **form(payer, booker))

    assert "Nobody may have more than 1 of the roles" in answer.content.decode()
    assert not SeparationOfDuty.objects.exists()


@pytest.mark.parametrize("more", [{"limit": "2"}, {"limit": "0"}, {"kind": "x"}, {"roles": []}, {"roles": ["x"]}])
def test_a_bad_one_is_told_in_the_form(chief: Client, payer: Role, booker: Role, more: dict[str, Any]) -> None:
    answer = add(chief, "separationofduty", **form(payer, booker, **more))

    assert answer.context["errors"]
    assert not SeparationOfDuty.objects.exists()


def test_of_two_who_edit_one_the_second_is_told(chief: Client, payer: Role, booker: Role) -> None:
    row = separate(payer, booker, name="four-eyes")
    save(chief, row, payer, booker, description="One")

    assert "has changed since" in save(chief, row, payer, booker, description="Two").content.decode()


def test_one_who_may_look_sees_it_and_changes_nothing(
    limited: Callable[..., Client], payer: Role, booker: Role
) -> None:
    row = separate(payer, booker)
    client, before = limited("separation_of_duty:view"), Event.objects.count()
    assert "booker" in shown(client, page("separationofduty", "change", row.pk))

    answers = [save(client, row, payer), add(client, "separationofduty", **form(payer, booker))]
    answers.append(client.post(page("separationofduty", "delete", row.pk), {"post": "yes"}))

    assert [answer.status_code for answer in answers] == [403] * 3
    assert Event.objects.count() == before


def test_nobody_unmakes_one_whose_roles_he_does_not_hold(
    limited: Callable[..., Client], payer: Role, booker: Role
) -> None:
    row = separate(payer, booker)

    limited("separation_of_duty:*").post(page("separationofduty", "delete", row.pk), {"post": "yes"})

    assert SeparationOfDuty.objects.get() == row
    assert Event.objects.filter(kind="rbac.separation_of_duty.refused").count() == 1
