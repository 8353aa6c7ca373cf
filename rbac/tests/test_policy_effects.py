"""Who gains and who loses by a policy file, from the smallest change of a role to a group that goes."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from accounts.models import ServiceAccount, User
from rbac.models import Role
from rbac.services import builtin
from rbac.services.policy_files.carrying_out import Outcome
from rbac.tests.factories import give_role, role_of
from rbac.tests.policy_files import applied, planned

pytestmark = pytest.mark.django_db

ROLES = """
    roles:
      - {name: boss, inherits: [clerk]}
      - {name: clerk, permissions: ["invoice:*"]}
    groups:
      - {name: emea, roles: [{role: clerk, scope: /acme}], members: [alice@example.org]}
    """


@pytest.fixture(autouse=True)
def _installed(root: User, alice: User, noon: datetime) -> None:
    builtin.install(at=noon)
    assert applied(ROLES, at=noon).may_stand


def told(outcome: Outcome) -> list[str]:
    assert outcome.may_stand, outcome
    signs = {True: "+", False: "-"}
    return [
        f"{signs[each.is_gain]} {','.join(each.patterns)} {each.scope} {each.role} {','.join(each.who)}"
        for each in outcome.effects
    ]


def test_people_gain_by_a_role_that_others_inherit(bob: User, noon: datetime) -> None:
    give_role(bob, Role.objects.get(name="boss"), at=noon)

    found = told(planned(ROLES.replace('"invoice:*"', '"invoice:*", "order:*"'), at=noon))

    assert found == ["+ order:* / boss bob@example.org", "+ order:* /acme clerk alice@example.org"]


def test_people_lose_with_a_link(bob: User, noon: datetime) -> None:
    give_role(bob, Role.objects.get(name="boss"), at=noon)

    assert told(planned(ROLES.replace("inherits: [clerk]", ""), at=noon)) == ["- invoice:* / boss bob@example.org"]


def test_members_gain_and_lose_with_the_group(bob: User, noon: datetime) -> None:
    assert told(planned(ROLES.replace("alice", "bob"), at=noon)) == [
        "+ invoice:* /acme clerk bob@example.org",
        "- invoice:* /acme clerk alice@example.org",
    ]
    assert told(planned("groups: []", prune=True, at=noon)) == ["- invoice:* /acme clerk alice@example.org"]


def test_a_role_at_a_narrower_place_is_lost_where_it_was(noon: datetime) -> None:
    assert told(planned(ROLES.replace("/acme", "/acme/eu"), at=noon)) == ["- invoice:* /acme clerk alice@example.org"]


def test_a_role_at_a_wider_place_is_gained(noon: datetime) -> None:
    assert told(planned(ROLES.replace("scope: /acme", "scope: /"), at=noon)) == [
        "+ invoice:* / clerk alice@example.org"
    ]


def test_machines_gain_too(noon: datetime) -> None:
    bot = ServiceAccount.objects.create(name="The bot", created_at=noon, updated_at=noon)
    give_role(bot, Role.objects.get(name="boss"), at=noon)

    found = told(planned(ROLES.replace("inherits: [clerk]", 'inherits: [clerk], permissions: ["a:*"]'), at=noon))

    assert found == ["+ a:* / boss service_account The bot"]


def test_who_has_it_anyway_is_not_counted(alice: User, bob: User, noon: datetime) -> None:
    give_role(alice, role_of("all", "*:*"), at=noon)

    assert told(planned(ROLES.replace("invoice", "order"), at=noon)) == []


def test_who_does_not_hold_it_now_is_not_counted(bob: User, person: Callable[..., User], noon: datetime) -> None:
    clerk = Role.objects.get(name="clerk")
    give_role(bob, clerk, valid_from=noon + timedelta(days=1), at=noon)
    give_role(person("carl", is_active=False), clerk, at=noon)

    found = told(planned(ROLES.replace('"invoice:*"', '"invoice:*", "order:*"'), at=noon))

    assert found == ["+ order:* /acme clerk alice@example.org"]


def test_a_change_of_words_touches_nobody(noon: datetime) -> None:
    assert told(planned(ROLES.replace("name: clerk,", "name: clerk, title: Clerk,"), at=noon)) == []


def test_who_may_no_longer_use_two_roles_together_loses_both_until_she_chooses(bob: User, noon: datetime) -> None:
    for name in ("one", "two"):
        give_role(bob, role_of(name, f"{name}:*"), at=noon)
    kept_apart = "separation_of_duty: [{name: eyes, kind: dynamic, roles: [one, two]}]"

    assert told(planned(kept_apart, at=noon)) == ["- one:* / one bob@example.org", "- two:* / two bob@example.org"]
    assert applied(kept_apart, at=noon).may_stand
    assert [one[0] for one in told(planned("separation_of_duty: []", prune=True, at=noon))] == ["+", "+"]
