"""What a policy file takes is gone with the next question on every node, and a plan takes nothing from anybody."""

from datetime import datetime

import pytest

from accounts.models import User
from rbac import selectors
from rbac.tests.policy_files import applied, done, planned

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

FILE = """
roles:
  - {name: clerk, permissions: ["invoice:*"]}
  - {name: boss, inherits: [clerk]}
groups:
  - {name: emea, roles: [{role: boss, scope: /acme}, {role: clerk, scope: /other}], members: [alice@example.org]}
"""
WITHOUT = {
    "the permission": ('"invoice:*"', '"order:*"'),
    "the inheritance": ("inherits: [clerk]", "title: Boss"),
    "the group's role": ("{role: boss, scope: /acme}, ", ""),
    "the place": ("scope: /acme", "scope: /acme/us"),
    "the member": ("alice@example.org", "bob@example.org"),
}


def may(user: User, at: datetime) -> bool:
    """Asked twice, so that the second answer is one that was remembered."""
    first, second = (bool(selectors.may(user, "invoice:view", scope="/acme/eu", at=at)) for _ in range(2))
    assert first is second
    return second


@pytest.fixture
def clerk(alice: User, bob: User, root: User, noon: datetime) -> User:
    done(applied(FILE, at=noon))
    assert may(alice, noon)
    return alice


@pytest.mark.parametrize("what", WITHOUT)
def test_what_it_takes_is_gone_at_once(what: str, clerk: User, noon: datetime) -> None:
    done(applied(FILE.replace(*WITHOUT[what]), at=noon))

    assert not may(clerk, noon)


@pytest.mark.parametrize("what", WITHOUT)
def test_a_plan_takes_nothing(what: str, clerk: User, noon: datetime) -> None:
    planned(FILE.replace(*WITHOUT[what]), at=noon)

    assert may(clerk, noon)


def test_what_a_test_undid_was_never_given(clerk: User, bob: User, noon: datetime) -> None:
    assert not may(bob, noon)

    outcome = applied(
        FILE.replace("alice", "bob") + "tests: [user bob@example.org may not invoice:view at /acme]", at=noon
    )

    assert len(outcome.failures) == 1
    assert (may(clerk, noon), may(bob, noon)) == (True, False)
