"""In which order a policy file is carried out: in any that is possible."""

from datetime import datetime, timedelta

import pytest

from accounts.models import User
from rbac import selectors
from rbac.models import Group, Permission, Role, SeparationOfDuty
from rbac.policy_files import documents
from rbac.policy_files.differences import compare
from rbac.policy_files.documents import Document
from rbac.services import builtin
from rbac.services.policy_files.acts import acts
from rbac.tests.policy_files import INVOICES, applied, done, facts, words

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _installed(root: User, noon: datetime) -> None:
    """What every server has: built-in roles, and somebody who may do everything."""
    builtin.install(at=noon - timedelta(days=1))


def test_roles_may_turn_their_inheritance_round(noon: datetime) -> None:
    done(applied("roles: [{name: a, inherits: [b]}, {name: b, inherits: [c]}, {name: c}]", at=noon))

    done(applied("roles: [{name: a}, {name: b, inherits: [a]}, {name: c, inherits: [b]}]", at=noon))

    assert list(Role.objects.get(name="c").junior_links.values_list("junior__name", flat=True)) == ["b"]


def test_juniors_come_before_those_that_inherit_from_them(noon: datetime) -> None:
    chain = Document(roles=tuple(documents.Role(name=f"r{n}", inherits=frozenset({f"r{n + 1}"})) for n in range(9)))
    steps = compare(Document(), chain, prune=False).steps

    assert [act.step.part.name for act in acts(steps)] == [f"r{n}" for n in reversed(range(9))]


def test_a_ring_through_roles_that_are_not_in_the_file_is_refused(noon: datetime) -> None:
    done(applied("roles: [{name: a, inherits: [b]}, {name: b}]", at=noon))

    outcome = applied("roles: [{name: b, inherits: [a]}]", at=noon)

    assert words(outcome.refusals).startswith("line 2: role b: ")
    assert not Role.objects.get(name="b").junior_links.exists()


def test_a_group_may_change_sides_between_separated_roles(alice: User, noon: datetime) -> None:
    done(applied(INVOICES, at=noon))

    done(applied(INVOICES.replace("{role: clerk, scope", "{role: lead, scope"), at=noon))

    assert selectors.may(alice, "invoice:approve", scope="/acme/eu", at=noon)


def test_a_role_may_give_up_what_it_inherits_for_a_separation_and_take_it_back(noon: datetime) -> None:
    inheriting = "roles: [{name: clerk}, {name: boss, inherits: [clerk]}]\nseparation_of_duty: []"
    apart = (
        "roles: [{name: clerk}, {name: boss}]\nseparation_of_duty: [{name: eyes, kind: dynamic, roles: [clerk, boss]}]"
    )

    for text in (inheriting, apart, inheriting):
        done(applied(text, prune=True, at=noon))
        assert SeparationOfDuty.objects.exists() is (text is apart)


def test_with_prune_it_goes_in_the_order_that_is_possible(alice: User, noon: datetime) -> None:
    done(applied(INVOICES, at=noon))

    done(applied("permissions: []\nroles: []\nseparation_of_duty: []\ngroups: []", prune=True, at=noon))

    assert not Role.objects.filter(is_builtin=False).exists()
    assert not Permission.objects.filter(is_builtin=False).exists()
    assert not Group.objects.exists()
    assert "rbac.role_assignment.ended" in facts(noon)
    assert Role.objects.filter(is_builtin=True).count() == len(builtin.ROLES)


def test_power_over_everything_may_move_to_another_role(alice: User, root: User, noon: datetime) -> None:
    text = "roles: [{name: %s, permissions: ['*:*']}]\ngroups: [{name: g, roles: [{role: %s}], members: [alice@example.org]}]"
    done(applied(text % ("old", "old"), at=noon))
    User.objects.filter(pk=root.pk).update(is_superuser=False)

    done(applied(text % ("new", "new"), prune=True, at=noon))

    assert not Role.objects.filter(name="old").exists()
    assert selectors.may(alice, "user:delete", at=noon)
