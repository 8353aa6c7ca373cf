"""What is too much by one door is too much by each: the API, the admin and a policy file."""

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from rbac.errors.policy_files import InvalidPolicyFile
from rbac.limits import MOST_ROLES_APART
from rbac.models import Role, SeparationOfDuty
from rbac.services.names import LONGEST
from rbac.tests.policy_files import applied
from rbac.tests.staff import add

Said = dict[str, Any]
Door = Callable[[Said], object]
SEPARATION = {"name": "apart", "kind": "static", "description": ""}


@pytest.fixture(params=["api", "admin", "file"])
def role_door(request: pytest.FixtureRequest, chief: Client, root: User) -> Door:
    """Makes a role by one of the doors, or is refused there."""
    api = APIClient()
    api.force_authenticate(root)
    doors: dict[str, Door] = {
        "api": lambda said: api.post("/api/v1/roles/", said, format="json"),
        "admin": lambda said: add(chief, "role", **{"title": "", "description": "", "permissions": "", **said}),
        "file": lambda said: by_file("roles", said),
    }
    return doors[request.param]


@pytest.fixture(params=["api", "admin", "file"])
def separation_door(request: pytest.FixtureRequest, chief: Client, root: User) -> Door:
    """Makes a separation of duty by one of the doors, or is refused there."""
    api = APIClient()
    api.force_authenticate(root)
    doors: dict[str, Door] = {
        "api": lambda said: api.post("/api/v1/separation-of-duty/", said, format="json"),
        "admin": lambda said: add(chief, "separationofduty", **said | {"roles": ids_of(said["roles"])}),
        "file": lambda said: by_file("separation_of_duty", said),
    }
    return doors[request.param]


def by_file(section: str, said: Said) -> None:
    with suppress(InvalidPolicyFile):
        applied(f"{section}: {json.dumps([said])}", at=timezone.now())


def ids_of(names: list[str]) -> list[str]:
    return [str(pk) for pk in Role.objects.filter(name__in=names).values_list("pk", flat=True)]


def roles(count: int) -> list[str]:
    now = timezone.now()
    rows = [Role(name=f"role-{number}", created_at=now, updated_at=now) for number in range(count)]
    return [made.name for made in Role.objects.bulk_create(rows)]


@pytest.mark.parametrize("minutes", [1, 1440])
def test_an_emergency_may_last_from_a_minute_to_a_day(role_door: Door, minutes: int) -> None:
    role_door({"name": "fire", "emergency_minutes": minutes})

    assert Role.objects.get(name="fire").emergency_minutes == minutes


@pytest.mark.parametrize("minutes", [0, 1441])
def test_an_emergency_lasts_neither_less_nor_more(role_door: Door, minutes: int) -> None:
    role_door({"name": "fire", "emergency_minutes": minutes})

    assert not Role.objects.filter(name="fire").exists()


def test_a_name_may_be_as_long_as_the_longest(role_door: Door) -> None:
    role_door({"name": "a" * LONGEST})

    assert Role.objects.filter(name="a" * LONGEST).exists()


@pytest.mark.parametrize("name", ["a" * (LONGEST + 1), "deadbeef" * 4])
def test_a_name_is_neither_longer_nor_an_id(role_door: Door, name: str) -> None:
    role_door({"name": name})

    assert not Role.objects.filter(name=name).exists()


def test_a_hundred_roles_can_be_kept_apart_and_all_but_one_be_allowed(separation_door: Door) -> None:
    separation_door({**SEPARATION, "roles": roles(MOST_ROLES_APART), "limit": MOST_ROLES_APART - 1})

    row = SeparationOfDuty.objects.get()
    assert (row.separated.count(), row.limit) == (MOST_ROLES_APART, MOST_ROLES_APART - 1)


@pytest.mark.parametrize(("count", "limit"), [(MOST_ROLES_APART + 1, 1), (MOST_ROLES_APART, MOST_ROLES_APART), (2, 2)])
def test_no_more_are_kept_apart_and_a_limit_forbids_something(separation_door: Door, count: int, limit: int) -> None:
    separation_door({**SEPARATION, "roles": roles(count), "limit": limit})

    assert not SeparationOfDuty.objects.exists()
