"""How roles hang together, as staff read it, where there is nothing to draw and where there is too much."""

import pytest
from django.test import Client
from django.utils import timezone

from rbac.models import Role, RoleInheritance
from rbac.tests.factories import role_of
from rbac.tests.staff import role_page, shown

pytestmark = pytest.mark.django_db
HIERARCHY = "/admin/rbac/role/hierarchy/"


def many(count: int, name: str) -> list[Role]:
    """Before anything has been read, as no service would be quick enough."""
    at = timezone.now()
    return Role.objects.bulk_create(
        Role(name=f"{name}-{number:03}", created_at=at, updated_at=at) for number in range(count)
    )


def link(*pairs: tuple[Role, Role]) -> None:
    RoleInheritance.objects.bulk_create(RoleInheritance(senior=senior, junior=junior) for senior, junior in pairs)


def test_roles_that_all_stand_alone_are_named_and_nothing_is_drawn(chief: Client) -> None:
    role = role_of("loner")

    content = shown(chief, HIERARCHY)

    assert "No role inherits from another." in content
    assert "<svg viewBox" not in content
    assert f'<a href="{role_page(role)}">loner</a>' in content


def test_five_hundred_that_stand_alone_are_named_and_the_others_counted(chief: Client) -> None:
    many(503, "loner")

    answer = chief.get(HIERARCHY)

    assert len(answer.context["alone"]) == 500
    assert "And 3 more, for which there is no room here." in answer.content.decode()


def test_no_more_than_a_thousand_lines_are_drawn(chief: Client) -> None:
    above, below = many(32, "above"), many(32, "below")
    link(*((senior, junior) for senior in above for junior in below))

    assert len(chief.get(HIERARCHY).context["picture"].lines) == 1000


def test_of_too_many_the_neighbours_are_drawn_and_the_far_ones_counted(chief: Client) -> None:
    head, hub, boss = many(1, "head")[0], many(1, "hub")[0], many(1, "boss")[0]
    link((boss, head), (head, hub), *((hub, one) for one in many(205, "far")))

    content = shown(chief, role_page(head))

    assert "<title>boss-000</title>" in content
    assert "<title>hub-000</title>" in content
    assert "<title>far-" not in content
    assert "And 205 more, further away." in content
