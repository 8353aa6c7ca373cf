"""What a decision's `context` tells, and to whom."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from common.actors import SYSTEM
from rbac.models import SeparationKind
from rbac.services import separation
from rbac.tests.factories import give, give_role, group_of, role_of
from rbac.tests.questions import post, question

pytestmark = pytest.mark.django_db
Client = Callable[[User], APIClient]


def told(client: APIClient, asked: User, **parts: Any) -> dict[str, Any]:
    answer = post(client, "evaluation", question(asked, **parts))
    assert answer.status_code == 200, answer.content
    context: dict[str, Any] = answer.json()["context"]
    return context


def test_the_whole_way_is_told_through_group_and_inheritance(as_user: Client, alice: User, root: User) -> None:
    clerk = role_of("clerk", "invoice:approve")
    senior = role_of("senior", inherits=[role_of("middle", inherits=[clerk])])
    given = give_role(group_of(alice, name="accounting"), senior, scope="/acme")

    reason = told(as_user(root), alice, scope="/acme/eu")["reason_admin"]

    assert reason.pop("en").startswith("role senior > middle > clerk allows invoice:approve at /acme/eu")
    assert reason == {
        "cause": "assigned",
        "permission": "invoice:approve",
        "scope": "/acme/eu",
        "assignment": str(given.pk),
        "role_path": ["senior", "middle", "clerk"],
        "group": "accounting",
        "assigned_at": "/acme",
        "valid_from": None,
        "valid_until": None,
    }


def test_a_miss_by_place_says_where_it_would_do(as_user: Client, alice: User, root: User) -> None:
    give_role(alice, role_of("invoice-clerk", "invoice:approve"), scope="/acme/us")

    reason = told(as_user(root), alice, scope="/acme/eu")["reason_admin"]

    assert (reason["cause"], reason["missing"], reason["assigned_at"]) == ("out_of_scope", "scope", "/acme/us")
    assert "role invoice-clerk would allow invoice:approve; it is assigned only at /acme/us" in reason["en"]


def test_a_miss_by_time_says_how_long_ago(as_user: Client, alice: User, root: User) -> None:
    at = timezone.now()
    give(alice, "invoice:approve", at=at - timedelta(days=1), valid_until=at - timedelta(hours=3, minutes=1))

    reason = told(as_user(root), alice)["reason_admin"]

    assert (reason["cause"], reason["missing"]) == ("expired", "time")
    assert "ended 3 h ago" in reason["en"]


def test_what_is_held_back_names_the_separation_of_duty(as_user: Client, alice: User, root: User) -> None:
    pay, approve = role_of("payer", "invoice:pay"), role_of("approver", "invoice:approve")
    for role in (pay, approve):
        give_role(alice, role)
    separation.create(
        "four-eyes", kind=SeparationKind.DYNAMIC, roles=[pay, approve], limit=1, actor=SYSTEM, at=timezone.now()
    )

    reason = told(as_user(root), alice)["reason_admin"]

    assert (reason["cause"], reason["missing"]) == ("separation_of_duty", "activation")
    assert (reason["separation_of_duty"], "activate it" in reason["en"]) == ("four-eyes", True)


def test_whoever_holds_nothing_is_told_what_would_do(as_user: Client, alice: User, root: User) -> None:
    role_of("senior", inherits=[role_of("clerk", "invoice:approve")])

    reason = told(as_user(root), alice)["reason_admin"]

    assert (reason["missing"], reason["roles_that_would"]) == ("role", ["clerk", "senior"])
    assert "assignment" not in reason


def test_no_more_than_a_few_roles_are_named(as_user: Client, alice: User, root: User) -> None:
    for number in range(8):
        role_of(f"clerk-{number}", "invoice:approve")

    assert len(told(as_user(root), alice)["reason_admin"]["roles_that_would"]) == 5


def test_her_own_reasons_are_hers(as_user: Client, alice: User) -> None:
    give_role(alice, role_of("clerk", "invoice:approve"), scope="/acme")

    assert told(as_user(alice), alice, scope="/acme")["reason_admin"]["role_path"] == ["clerk"]


def test_of_what_she_does_not_hold_she_is_not_told_who_would(as_user: Client, alice: User) -> None:
    role_of("clerk", "invoice:approve")

    assert "clerk" not in str(told(as_user(alice), alice))


@pytest.mark.parametrize("bounds", [frozenset({"order:view"}), frozenset({"invoice:approve"})])
def test_a_key_that_is_good_for_less_learns_nothing_more(alice: User, bounds: frozenset[str]) -> None:
    give_role(alice, role_of("clerk", "invoice:*", "order:*"))
    alice.bounds = bounds
    client = APIClient()
    client.force_authenticate(alice)

    answer = post(client, "evaluation", question(alice)).json()

    assert answer["decision"] is ("invoice:approve" in bounds)
    assert list(answer["context"]) == ["reason_user"]


@pytest.mark.parametrize(("place", "cause"), [("/acme/eu", "not_held"), ("/acme", "out_of_scope")])
def test_whoever_asks_for_a_place_sees_no_miss_elsewhere(
    as_user: Client, alice: User, bob: User, place: str, cause: str
) -> None:
    give(bob, "decision:evaluate", scope=place)
    give_role(alice, role_of("secret", "invoice:approve"), scope="/acme/us")

    context = told(as_user(bob), alice, scope="/acme/eu")

    assert context["reason_admin"]["cause"] == cause
    assert ("/acme/us" in str(context)) is (cause == "out_of_scope")


def test_whoever_asks_for_a_place_is_refused_elsewhere(as_user: Client, alice: User, bob: User) -> None:
    give(bob, "decision:evaluate", scope="/acme")

    assert post(as_user(bob), "evaluation", question(alice, scope="/acme2")).status_code == 403
    assert post(as_user(bob), "evaluation", question(alice)).status_code == 403
