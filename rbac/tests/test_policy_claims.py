"""The tests in a policy file, asked of the outcome before it is committed."""

from datetime import datetime, timedelta

import pytest

from accounts.models import ServiceAccount, User
from rbac.models import Role
from rbac.services import builtin
from rbac.tests.factories import give
from rbac.tests.policy_files import applied, done, planned, words

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _installed(root: User, noon: datetime) -> None:
    """What every server has: built-in roles, and somebody who may do everything."""
    builtin.install(at=noon - timedelta(days=1))


TESTED = """
    permissions: [{name: "invoice:approve"}]
    roles: [{name: clerk, permissions: ["invoice:approve"]}]
    groups:
      - {name: g, roles: [{role: clerk, scope: /acme}], members: [alice@example.org]}
    tests:
      - %s
    """


@pytest.mark.parametrize(
    "sentence",
    [
        "user alice@example.org may invoice:approve at /acme/eu",
        "user ALICE@example.org may invoice:approve at /acme",
        "user alice@example.org may not invoice:approve",
        "user bob@example.org may not invoice:approve at /acme",
        "user root@example.org may invoice:approve",
        "group g may invoice:approve at /acme",
        "group g may not invoice:approve at /acme2",
        "service_account The bot may user:view at /",
        "service_account The bot may not user:delete",
    ],
)
def test_a_test_that_holds_of_the_outcome_lets_it_pass(alice: User, bob: User, sentence: str, noon: datetime) -> None:
    bot = ServiceAccount.objects.create(name="The bot", created_at=noon, updated_at=noon)
    give(bot, "user:view", at=noon)

    done(applied(TESTED % sentence, at=noon))

    assert Role.objects.filter(name="clerk").exists()


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("user alice@example.org may not invoice:approve at /acme", "role clerk, assigned at /acme"),
        ("user alice@example.org may invoice:approve at /", "it is assigned only at /acme"),
        ("user bob@example.org may invoice:approve at /acme", "no role held allows invoice:approve"),
        ("user bop@example.org may not user:view", "there is no such user"),
        ("group h may not invoice:approve", "there is no such group"),
        ("group g may invoice:approve", "it is assigned only at /acme"),
        ("service_account bot may not invoice:approve", "there is no such service_account"),
    ],
)
def test_a_test_that_does_not_hold_undoes_everything_and_says_why(
    alice: User, bob: User, sentence: str, reason: str, noon: datetime
) -> None:
    outcome = applied(TESTED % sentence, at=noon)

    assert words(outcome.failures).startswith(f"line 8: {sentence}")
    assert reason in words(outcome.failures)
    assert not Role.objects.filter(name="clerk").exists()


def test_a_plan_runs_the_tests(alice: User, noon: datetime) -> None:
    outcome = planned(TESTED % "user alice@example.org may invoice:enter", at=noon)

    assert [fault.line for fault in outcome.failures] == [8]
