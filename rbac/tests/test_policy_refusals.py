"""What a policy file cannot do: then nothing of it is done, and all that stands in its way is told."""

from datetime import datetime, timedelta

import pytest

from accounts.models import User
from common.actors import SYSTEM
from common.errors import NotFound
from rbac import selectors
from rbac.errors.policy_files import InvalidPolicyFile
from rbac.models import Role, SeparationOfDuty
from rbac.policy_files.differences import compare
from rbac.policy_files.documents import Document, Permission
from rbac.services import builtin
from rbac.services.policy_files.acts import acts
from rbac.tests.factories import give_role, role_of, separate
from rbac.tests.policy_files import applied, done, facts, planned, words

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _installed(root: User, noon: datetime) -> None:
    """What every server has: built-in roles, and somebody who may do everything."""
    builtin.install(at=noon - timedelta(days=1))


def test_a_separation_that_somebody_violates_is_refused(alice: User, noon: datetime) -> None:
    give_role(alice, role_of("clerk"), at=noon)
    give_role(alice, role_of("lead"), at=noon)

    outcome = applied("separation_of_duty: [{name: eyes, kind: static, roles: [clerk, lead]}]", at=noon)

    assert "line 2: separation_of_duty eyes: " in words(outcome.refusals)
    assert not SeparationOfDuty.objects.exists()


ALONE = """
    roles:
      - {name: clerk}
      - {name: middle, inherits: [clerk]}
      - {name: boss, inherits: [middle]}
    separation_of_duty:
      - {name: eyes, kind: %s, roles: [boss, clerk]}
    """


@pytest.mark.parametrize("kind", ["static", "dynamic"])
def test_a_separation_that_one_role_breaks_alone_is_refused_and_nothing_is_done(noon: datetime, kind: str) -> None:
    for carried_out in (planned, applied):
        told = words(carried_out(ALONE % kind, at=noon).refusals)
        assert told.startswith("line 8: separation_of_duty eyes: ")
        assert "boss inherits clerk" in told

    assert not SeparationOfDuty.objects.exists()
    assert not Role.objects.filter(name="clerk").exists()


def test_so_is_a_role_that_would_break_one_that_is_there(noon: datetime) -> None:
    separate(role_of("clerk"), role_of("boss"), kind="dynamic")

    outcome = applied("roles: [{name: clerk, title: New}, {name: boss, inherits: [clerk]}]", at=noon)

    assert words(outcome.refusals).startswith("line 2: role boss: ")
    assert Role.objects.get(name="clerk").title == ""


def test_what_is_held_is_not_pruned_and_nothing_else_is_done(alice: User, noon: datetime) -> None:
    done(applied("roles: [{name: clerk}, {name: lead}]", at=noon))
    give_role(alice, Role.objects.get(name="lead"), at=noon)

    outcome = applied("roles: [{name: new}]", prune=True, at=noon)

    assert words(outcome.refusals) == "role lead: Somebody holds lead, or soon will."
    assert not Role.objects.filter(name="new").exists()
    assert Role.objects.filter(name="clerk").exists()


def test_all_that_is_refused_is_told(alice: User, noon: datetime) -> None:
    for name in ("clerk", "lead"):
        give_role(alice, role_of(name), at=noon)

    outcome = planned("roles:\n  - {name: Wrong}\n", prune=True, at=noon)

    assert [fault.words.split(":")[0] for fault in outcome.refusals] == ["role Wrong", "role lead", "role clerk"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("roles: [{name: a, permissions: ['x:y']}]", "line 2: there is no permission “x:y”"),
        ("roles: [{name: a, inherits: [b]}]", "line 2: there is no role “b”"),
        ("roles: [{name: auditor, permissions: ['*:*']}]", "line 2: the role “auditor” is built in"),
        ("permissions: [{name: 'user:view'}]", "line 2: the permission “user:view” is built in"),
        ("groups: [{name: a, members: [nobody@example.org]}]", "line 2: there is no user “nobody@example.org”"),
    ],
)
def test_a_file_that_names_what_is_not_there_or_built_in_is_refused(text: str, fault: str, noon: datetime) -> None:
    with pytest.raises(InvalidPolicyFile, match=fault):
        applied(text, at=noon)

    assert facts(noon) == []


@pytest.mark.parametrize("wanted", [(Permission(name="a:b", description="new"),), ()])
def test_a_permission_that_somebody_removed_meanwhile_is_refused(
    wanted: tuple[Permission, ...], noon: datetime
) -> None:
    compared = compare(Document(permissions=(Permission(name="a:b"),)), Document(permissions=wanted), prune=True)
    (act,) = acts(compared.steps)

    with pytest.raises(NotFound) as refused:
        act.do(act.step, SYSTEM, noon)

    assert refused.value.detail == "There is no permission a:b."


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("roles: [{name: a, inherits: [old]}]", "there is no role “old”"),
        ("permissions: []\nroles: [{name: a, permissions: ['old:view']}]", "there is no permission “old:view”"),
    ],
)
def test_what_prune_takes_cannot_be_named(text: str, fault: str, noon: datetime) -> None:
    role_of("old", "old:view")

    with pytest.raises(InvalidPolicyFile, match=fault):
        planned(text, prune=True, at=noon)


def test_what_prune_leaves_may_be_named(noon: datetime) -> None:
    role_of("old", "old:view")

    outcome = planned("groups: [{name: a, roles: [{role: old}]}]", prune=True, at=noon)

    done(outcome)
    assert [step.part.name for step in outcome.comparison.steps] == ["a"]


def test_built_in_roles_and_permissions_may_be_named(noon: datetime) -> None:
    text = "roles: [{name: a, permissions: ['user:view'], inherits: [auditor]}]\ngroups: [{name: g, roles: [{role: support}]}]"

    done(applied(text, prune=True, at=noon))

    assert Role.objects.get(name="a").held.get().pattern == "user:view"


def test_the_last_administrator_is_not_locked_out(alice: User, root: User, noon: datetime) -> None:
    text = "roles: [{name: all, permissions: ['*:*']}]\ngroups: [{name: g, roles: [{role: all}], members: [alice@example.org]}]"
    done(applied(text, at=noon))
    User.objects.filter(pk=root.pk).update(is_superuser=False)

    for worse in (
        text.replace("*:*", "*:view"),
        text.replace("alice@example.org", ""),
        text.replace("{role: all}", ""),
    ):
        assert "Nobody would be left" in words(applied(worse, at=noon).refusals)

    assert selectors.may(alice, "user:delete", at=noon)
