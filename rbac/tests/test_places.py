"""By place: what holds at `/acme` holds for what lies there, and nowhere else."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import person as somebody
from common.permissions import ANYWHERE
from common.scopes import Place
from rbac import selectors
from rbac.tests.factories import actor, give

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("home", "is_hers"), [("/acme", True), ("/acme/eu", True), ("/acme2", False), ("/", False), ("/globex", False)]
)
def test_a_manager_changes_those_at_her_place_and_below(alice: User, home: str, is_hers: bool) -> None:
    give(alice, "user:*", scope="/acme")

    assert alice.has_perm("user:change", somebody(scope=home)) is is_hers
    assert alice.has_perm("accounts.view_user", somebody(scope=home)) is is_hers
    assert alice.has_perm("user:add", Place(home)) is is_hers


def test_what_is_asked_of_nothing_is_asked_of_the_whole_server(alice: User) -> None:
    given = give(alice, "user:*", "role:*", scope="/acme")

    assert not alice.has_perm("user:view")
    assert not alice.has_perm("role:view", given.role)


def test_she_holds_anywhere_what_she_holds_somewhere_now(alice: User) -> None:
    give(alice, "user:view", scope="/acme")
    give(alice, "session:end", scope="/acme", valid_from=timezone.now() + timedelta(days=1))

    assert alice.has_perm("user:view", ANYWHERE)
    assert alice.has_perm("accounts.view_user", ANYWHERE)
    assert not alice.has_perm("user:change", ANYWHERE)
    assert not alice.has_perm("session:end", ANYWHERE)


def test_her_places_are_the_topmost_at_which_she_holds_it(alice: User) -> None:
    give(alice, "user:*", scope="/acme/eu")
    give(alice, "user:view", scope="/acme")
    give(alice, "*:view", scope="/globex")

    assert alice.places_of("user:view") == ("/acme", "/globex")
    assert alice.places_of("accounts.change_user") == ("/acme/eu",)
    assert alice.places_of("role:change") == alice.places_of("nonsense") == ()


def test_everywhere_is_one_place(root: User, alice: User) -> None:
    give(alice, "user:view")
    give(alice, "user:view", scope="/acme")

    assert alice.places_of("user:view") == root.places_of("user:view") == ("/",)


def test_who_is_shut_out_has_no_place(root: User, alice: User) -> None:
    give(alice, "user:view", scope="/acme")
    for one in (root, alice):
        one.is_active = False
        assert one.places_of("user:view") == ()
        assert not one.has_perm("user:view", ANYWHERE)


def test_a_key_has_no_more_places_than_it_is_good_for(alice: User) -> None:
    give(alice, "user:*", scope="/acme")
    alice.bounds = frozenset({"user:view"})

    assert alice.places_of("user:view") == ("/acme",)
    assert alice.places_of("user:change") == ()


def test_services_ask_for_the_places_of_an_actor(alice: User) -> None:
    give(alice, "session:end", scope="/acme")

    assert selectors.places_for(actor(alice), "session:end", at=timezone.now()) == ("/acme",)
    assert selectors.places_of(alice, "session:view", at=timezone.now()) == ()


@pytest.mark.parametrize(("scope", "may"), [("/acme", True), ("/acme/eu", True), ("/", False), ("/globex", False)])
def test_who_holds_more_elsewhere_is_above_her_also_at_her_place(alice: User, scope: str, may: bool) -> None:
    give(alice, "*:*", scope="/acme")
    clerk = somebody(scope="/acme")
    give(clerk, "session:end", scope=scope)

    assert alice.has_perm("user:change", clerk) is may
    assert alice.has_perm("user:view", clerk)
