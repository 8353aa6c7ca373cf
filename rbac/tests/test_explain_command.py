"""`manage.py explain`: why somebody may, or may not."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import User
from accounts.services import lifecycle, service_accounts
from common.actors import SYSTEM
from rbac.tests.factories import give, give_role, group_of, role_of

pytestmark = pytest.mark.django_db
Explain = Callable[..., tuple[int, str]]


def explain(*args: Any) -> tuple[int, str]:
    """How it ends, and what it says."""
    out = StringIO()
    try:
        call_command("explain", *map(str, args), stdout=out)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue()
    return 0, out.getvalue()


def test_a_yes_tells_the_whole_way(alice: User) -> None:
    clerk = role_of("clerk", "invoice:approve")
    give_role(group_of(alice, name="accounting"), role_of("senior", inherits=[clerk]), scope="/acme")

    assert explain("alice@example.org", "invoice:approve", "--scope", "/acme/eu") == (
        0,
        (
            "alice@example.org may invoice:approve at /acme/eu: role senior > clerk allows invoice:approve at /acme/eu; "
            "it is assigned at /acme through the group accounting, without an end.\n"
        ),
    )


def test_a_no_tells_the_nearest_miss(alice: User) -> None:
    give_role(alice, role_of("clerk", "invoice:approve"), scope="/acme/us")

    ended, said = explain(alice.pk, "invoice:approve", "--scope", "/acme/eu")

    assert ended == 1
    assert "may not" in said
    assert "role clerk would allow invoice:approve; it is assigned only at /acme/us, not at /acme/eu" in said


def test_it_can_be_asked_of_another_time(alice: User) -> None:
    at = timezone.now()
    give(alice, "invoice:approve", valid_until=at + timedelta(hours=2))

    assert explain(alice.pk, "invoice:approve")[0] == 0
    ended, said = explain(alice.pk, "invoice:approve", "--at", (at + timedelta(hours=5)).isoformat())

    assert (ended, "ended 3 h ago" in said) == (1, True)


def test_machines_are_known_by_name_and_by_id() -> None:
    billing = service_accounts.create("billing", actor=SYSTEM, at=timezone.now())
    give(billing, "invoice:approve")

    assert explain("billing", "invoice:approve")[0] == 0
    assert explain(billing.pk, "invoice:approve")[0] == 0


def test_people_are_known_by_any_spelling_of_their_address(alice: User) -> None:
    give(alice, "invoice:approve")

    assert explain("ALICE@Example.ORG", "invoice:approve")[0] == 0


def test_a_deactivated_account_is_named_as_the_cause(alice: User) -> None:
    give(alice, "invoice:approve")
    lifecycle.deactivate(alice, reason="left", actor=SYSTEM, at=timezone.now())

    ended, said = explain(alice.pk, "invoice:approve")

    assert (ended, "the account is deactivated" in said) == (1, True)


def test_a_permission_that_nobody_has_declared_is_pointed_out(root: User, alice: User) -> None:
    give(alice, "invoice:approve")

    assert "Nobody has declared invoice:aprove" in explain(root.pk, "invoice:aprove")[1]
    assert "declared" not in explain(alice.pk, "invoice:approve")[1]


@pytest.mark.parametrize(
    "args",
    [
        ("nobody@example.org", "invoice:approve"),
        (uuid4(), "invoice:approve"),
        ("billing", "invoice:approve"),
        ("alice@example.org", "approve"),
        ("alice@example.org", "invoice:*"),
        ("alice@example.org", "invoice:approve", "--scope", "acme"),
        ("alice@example.org", "invoice:approve", "--at", "noon"),
        ("alice@example.org", "invoice:approve", "--at", "2030-01-01T12:00:00"),
        ("alice@example.org", "invoice:approve", "--at", "2030-13-01T12:00:00Z"),
    ],
)
def test_a_wrong_call_ends_with_two(alice: User, args: tuple[Any, ...]) -> None:
    with pytest.raises(CommandError) as refused:
        explain(*args)

    assert refused.value.returncode == 2
