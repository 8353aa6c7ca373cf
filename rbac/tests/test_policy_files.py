"""A policy file carried out: all of it with its facts; planned: the same, taken back."""

from datetime import datetime, timedelta

import pytest

from accounts.models import User
from common.actors import SYSTEM
from rbac import selectors
from rbac.models import GroupMembership, Permission, Policy, Role, RoleAssignment, SeparationOfDuty
from rbac.policy_files.differences import Verb
from rbac.services import assignments, builtin, groups, memberships
from rbac.tests.factories import role_of
from rbac.tests.policy_files import INVOICES, applied, done, exported, facts, planned

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _installed(root: User, noon: datetime) -> None:
    """What every server has: built-in roles, and somebody who may do everything."""
    builtin.install(at=noon - timedelta(days=1))


def test_a_file_brings_a_whole_policy(alice: User, noon: datetime) -> None:
    done(applied(INVOICES, at=noon))

    boss, lead = Role.objects.get(name="boss"), Role.objects.get(name="lead")
    assert set(selectors.effective_patterns_of(boss)) == {"invoice:*"}
    assert lead.emergency_minutes == 30
    assert SeparationOfDuty.objects.get().separated.count() == 2
    assert selectors.may(alice, "invoice:enter", scope="/acme/eu", at=noon)
    assert not selectors.may(alice, "invoice:enter", scope="/acme", at=noon)


def test_each_change_is_a_fact(alice: User, noon: datetime) -> None:
    done(applied(INVOICES, at=noon))

    assert facts(noon) == [
        "rbac.group.created",
        "rbac.group.member_added",
        *["rbac.permission.declared"] * 2,
        *["rbac.role.created"] * 3,
        "rbac.role_assignment.created",
        "rbac.separation_of_duty.created",
    ]


def test_what_is_applied_needs_nothing_more(alice: User, noon: datetime) -> None:
    done(applied(INVOICES, at=noon))
    later = noon + timedelta(hours=1)

    again = applied(INVOICES, prune=True, at=later)

    assert (again.comparison.steps, again.effects) == ((), ())
    assert facts(later) == []


def test_a_plan_says_the_same_and_changes_nothing(alice: User, noon: datetime) -> None:
    before = exported(with_members=True, at=noon), Policy.objects.values_list("stamp").first()

    outcome = planned(INVOICES, at=noon)

    assert [step.part.name for step in outcome.comparison.steps if step.part.kind == "role"] == [
        "boss",
        "clerk",
        "lead",
    ]
    assert (exported(with_members=True, at=noon), Policy.objects.values_list("stamp").first()) == before
    assert facts(noon) == []
    assert outcome == applied(INVOICES, at=noon)


def test_an_export_says_what_was_applied_and_leaves_out_what_is_built_in(alice: User, noon: datetime) -> None:
    done(applied(INVOICES, at=noon))

    text = exported(with_members=True, at=noon)

    assert not planned(text.removeprefix("version: 1\n"), prune=True, at=noon).comparison.steps
    assert "administrator" not in text
    assert "user:view" not in text


def test_an_export_names_members_only_when_asked(alice: User, noon: datetime) -> None:
    done(applied(INVOICES, at=noon))

    assert "alice" not in exported(at=noon)


def test_without_prune_what_is_not_in_the_file_stays(alice: User, noon: datetime) -> None:
    done(applied(INVOICES, at=noon))

    outcome = applied("roles: [{name: clerk}]\ngroups: []", at=noon)

    assert [part.name for part in outcome.comparison.left_alone] == ["boss", "lead", "emea"]
    assert Role.objects.filter(name="lead").exists()


def test_what_a_group_holds_for_a_time_is_no_policy(noon: datetime) -> None:
    group = groups.create("g", actor=SYSTEM, at=noon)
    given = assignments.assign(group, role_of("clerk"), valid_until=noon + timedelta(days=1), actor=SYSTEM, at=noon)
    assert isinstance(given, RoleAssignment)

    assert "clerk" not in exported(at=noon).partition("groups:")[2]
    assert not applied("groups: [{name: g}]", at=noon).comparison.steps
    given.refresh_from_db()
    assert given.ended_at is None


def test_what_lasts_takes_the_place_of_what_ends(noon: datetime) -> None:
    group = groups.create("g", actor=SYSTEM, at=noon)
    assignments.assign(group, role_of("clerk"), valid_until=noon + timedelta(days=1), actor=SYSTEM, at=noon)

    done(applied("groups: [{name: g, roles: [{role: clerk}]}]", at=noon))

    assert RoleAssignment.objects.open().get(group=group).valid_until is None


def test_members_that_are_not_listed_stay(alice: User, bob: User, noon: datetime) -> None:
    group = groups.create("g", actor=SYSTEM, at=noon)
    memberships.add(group, bob, actor=SYSTEM, at=noon)

    done(applied("groups: [{name: g, title: G}]", at=noon))
    assert GroupMembership.objects.get().user == bob

    done(applied("groups: [{name: g, members: [ALICE@example.org]}]", at=noon))
    assert GroupMembership.objects.get().user == alice


def test_a_permission_that_a_role_holds_is_described_anew(noon: datetime) -> None:
    done(applied("permissions: [{name: 'a:b', description: old}]\nroles: [{name: r, permissions: ['a:b']}]", at=noon))
    text, later = "permissions: [{name: 'a:b', description: new}]", noon + timedelta(hours=1)

    (step,) = planned(text, at=later).comparison.steps
    assert (step.verb, step.of("description").before, step.of("description").after) == (Verb.CHANGE, "old", "new")
    assert Permission.objects.get(name="a:b").description == "old"

    done(applied(text, at=later))
    found = Permission.objects.get(name="a:b")
    assert (found.description, found.version, facts(later)) == ("new", 2, ["rbac.permission.updated"])
    assert planned(text, at=later).comparison.steps == ()


def test_a_permission_without_a_description_in_the_file_has_none(noon: datetime) -> None:
    done(applied("permissions: [{name: 'a:b', description: old}]", at=noon))

    done(applied("permissions: [{name: 'a:b'}]", at=noon))

    assert Permission.objects.get(name="a:b").description == ""
