"""`user.has_perm(…)`: one role model answers for the API and for Django's admin."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from accounts.models import User
from common.actors import SYSTEM
from rbac import backends, compiled
from rbac.backends import RoleBackend
from rbac.services import assignments
from rbac.tests.factories import give

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("asked", ["role_assignment:view", "rbac.view_roleassignment"])
def test_our_names_and_djangos_mean_the_same(alice: User, asked: str) -> None:
    assert not alice.has_perm(asked)

    give(alice, "role_assignment:view")

    assert alice.has_perm(asked)
    assert not alice.has_perm(asked.replace("view", "delete"))


def test_what_is_held_at_a_narrower_scope_does_not_hold_everywhere(alice: User) -> None:
    give(alice, "user:view", scope="/acme")

    assert not alice.has_perm("user:view")


def test_djangos_cookies_are_not_our_sessions(alice: User) -> None:
    give(alice, "session:*")

    assert alice.has_perm("tokens.view_session")
    assert not alice.has_perm("sessions.view_session")


def test_the_inactive_the_stranger_and_the_nonsense_are_refused(root: User) -> None:
    assert root.has_perm("user:change")
    assert not root.has_perm("accounts.conquer_world")
    assert not RoleBackend().has_perm(AnonymousUser(), "user:view")

    root.is_active = False
    assert not RoleBackend().has_perm(root, "user:view")


def test_an_app_is_shown_to_whoever_may_do_anything_in_it(alice: User) -> None:
    give(alice, "role:view")

    assert alice.has_module_perms("rbac")
    assert not alice.has_module_perms("accounts")


@pytest.mark.parametrize(
    ("holds", "other_holds", "may_change"),
    [
        (("user:*",), (), True),
        (("user:*",), ("user:view",), True),
        (("user:*",), ("user:*",), True),
        (("user:*",), ("session:end",), False),
        (("user:*",), ("*:view",), False),
        (("user:*",), ("invoice:approve", "invoice:*"), True),
        (("user:*",), ("*:approve",), True),
        (("user:*",), ("*:change",), False),
        (("*:*",), ("user:*", "*:view"), True),
    ],
)
def test_nobody_touches_those_above_him_but_may_look_at_them(
    alice: User, bob: User, holds: tuple[str, ...], other_holds: tuple[str, ...], may_change: bool
) -> None:
    give(bob, *holds)
    give(alice, *other_holds)

    assert bob.has_perm("accounts.change_user", alice) is may_change
    assert bob.has_perm("user:change", alice) is may_change
    assert bob.has_perm("user:view", alice)


def test_giving_a_role_to_somebody_above_is_for_the_service_to_judge(alice: User, bob: User) -> None:
    give(bob, "role_assignment:*")
    give(alice, "user:*")

    assert bob.has_perm("role_assignment:add", alice)
    assert not bob.has_perm("role_assignment:delete", alice)


def test_a_superuser_is_above_all_who_are_not(alice: User, root: User, person: Callable[..., User]) -> None:
    give(alice, "user:*")

    assert not alice.has_perm("user:change", root)
    assert root.has_perm("user:change", alice)
    assert root.has_perm("user:change", person("second", is_staff=True, is_superuser=True))


def test_a_superuser_is_above_administrators_by_role(alice: User, root: User) -> None:
    give(alice, "*:*")

    assert not alice.has_perm("user:change", root)


def test_everybody_is_on_her_own_level(alice: User) -> None:
    give(alice, "user:*")
    give(alice, "session:*", valid_from=timezone.now() + timedelta(days=1))

    assert alice.has_perm("user:change", alice)


@pytest.fixture
def next_request() -> Iterator[Callable[[], None]]:
    """As Django's signals tell it, which in a test would also close the database."""
    yield backends._begin
    backends._finish()


def test_within_one_request_the_roles_are_read_once(
    alice: User, next_request: Callable[[], None], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    give(alice, "user:view")
    compiled.graph()
    next_request()

    with django_assert_num_queries(1):
        assert all(alice.has_perm("user:view") for _ in range(10))


def test_nothing_is_remembered_from_one_request_to_the_next(alice: User, next_request: Callable[[], None]) -> None:
    given = give(alice, "user:view")
    next_request()
    assert alice.has_perm("user:view")
    assignments.end(given, actor=SYSTEM, at=timezone.now())

    next_request()

    assert not alice.has_perm("user:view")


def test_over_http_each_request_sees_the_roles_as_they_are(alice: User, as_user: Callable[[User], APIClient]) -> None:
    client = as_user(alice)
    assert client.get("/api/v1/roles/").status_code == 403

    given = give(alice, "role:view")
    assert client.get("/api/v1/roles/").status_code == 200

    assignments.end(given, actor=SYSTEM, at=timezone.now())
    assert client.get("/api/v1/roles/").status_code == 403
