"""Separations of duty as staff read and forge them."""

from collections.abc import Callable

import pytest
from django.test import Client

from rbac.models import SeparationOfDuty
from rbac.tests.factories import role_of, separate
from rbac.tests.staff import act, page, shown

pytestmark = pytest.mark.django_db
LIST = "/admin/rbac/separationofduty/"


def test_its_roles_are_read_by_name_and_in_order(limited: Callable[..., Client]) -> None:
    row = separate(*(role_of(name) for name in ("payer", "booker", "auditor")), limit=2)

    content = shown(limited("separation_of_duty:view"), page("separationofduty", "change", row.pk))

    assert "auditor<br>booker<br>payer" in content
    assert 'name="roles"' not in content


def test_its_name_stays_whatever_is_posted(chief: Client) -> None:
    roles = [role_of("payer"), role_of("booker")]
    row = separate(*roles, name="four-eyes")
    where = page("separationofduty", "change", row.pk)
    assert 'name="name"' not in shown(chief, where)
    said = {"name": "two-eyes", "kind": "dynamic", "limit": "1", "description": "", "seen_version": "1"}

    chief.post(where, {**said, "roles": [str(role.pk) for role in roles]})

    assert SeparationOfDuty.objects.values_list("name", "kind").get() == ("four-eyes", "dynamic")


def test_none_is_deleted_along_with_others(chief: Client) -> None:
    row = separate(role_of("payer"), role_of("booker"))

    act(chief, LIST, "delete_selected", row, post="yes")

    assert SeparationOfDuty.objects.get() == row
