"""Making, changing and deleting roles, and who may not."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from common.actors import SYSTEM, Actor, ActorKind
from common.errors import NotFound, VersionMismatch
from events.models import Event
from rbac.errors import (
    BuiltinRole,
    InvalidRoleName,
    LastAdministrator,
    Refused,
    RoleExists,
    RoleInUse,
    UnknownPermission,
)
from rbac.models import Role, RoleAssignment
from rbac.selectors import patterns_of
from rbac.services import builtin, roles
from rbac.tests.factories import actor, give, give_role, role_of

pytestmark = pytest.mark.django_db


def test_a_new_role_is_told_with_what_it_gives(root: User, noon: datetime) -> None:
    role = roles.create("clerk", permissions=["user:view", "invoice:*"], actor=actor(root), at=noon)

    assert isinstance(role, Role)
    fact = Event.objects.get(kind="rbac.role.created")
    assert (fact.subject_id, fact.actor_id) == (str(role.pk), root.pk)
    assert fact.data == {"name": "clerk", "permissions": ["invoice:*", "user:view"], "inherits": []}


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Clerk",
        "a b",
        "-a",
        "a-",
        "a--b",
        "é",
        "a\n",
        "a" * 81,
        "ab0190b0-0000-7000-8000-000000000000"[2:],
        "deadbeef" * 4,
    ],
)
def test_a_name_of_another_form_or_one_that_passes_for_an_id_is_refused(name: str, noon: datetime) -> None:
    with pytest.raises(InvalidRoleName):
        roles.create(name, permissions=[], actor=SYSTEM, at=noon)


def test_there_is_one_role_of_each_name(noon: datetime) -> None:
    role_of("clerk")

    with pytest.raises(RoleExists):
        roles.create("clerk", permissions=[], actor=SYSTEM, at=noon)


@pytest.mark.parametrize("pattern", ["no:such", "nonsense", "user:vi*", "**:*", ""])
def test_a_role_names_only_what_was_declared(pattern: str, noon: datetime) -> None:
    with pytest.raises(UnknownPermission):
        roles.create("clerk", permissions=["user:view", pattern], actor=SYSTEM, at=noon)


def test_a_change_names_what_came_and_what_went(noon: datetime) -> None:
    role = role_of("clerk", "user:view", "session:view")

    changed = roles.update(
        role, changes={"title": "Clerk", "permissions": ["user:view", "invoice:*"]}, actor=SYSTEM, at=noon
    )

    assert isinstance(changed, Role)
    assert (changed.title, changed.version, patterns_of(role)) == ("Clerk", 2, ["invoice:*", "user:view"])
    told = Event.objects.get(kind="rbac.role.updated").data
    assert (told["name"], told["changed"]) == ("clerk", ["title"])
    assert (told["added"], told["removed"]) == (["invoice:*"], ["session:view"])
    assert (told["inherits_added"], told["inherits_removed"]) == ([], [])


def test_a_change_to_what_is_there_is_none(noon: datetime) -> None:
    role = role_of("clerk", "user:view")

    roles.update(role, changes={"title": "", "permissions": ["user:view"]}, actor=SYSTEM, at=noon)

    role.refresh_from_db()
    assert role.version == 1
    assert not Event.objects.filter(kind="rbac.role.updated").exists()


def test_of_two_who_change_a_version_the_second_is_told(noon: datetime) -> None:
    role = role_of("clerk")
    roles.update(role, changes={"title": "A"}, if_version=1, actor=SYSTEM, at=noon)

    with pytest.raises(VersionMismatch):
        roles.update(role, changes={"title": "B"}, if_version=1, actor=SYSTEM, at=noon)
    with pytest.raises(VersionMismatch):
        roles.delete(role, if_version=1, actor=SYSTEM, at=noon)


def test_builtin_roles_are_not_changed_by_hand(noon: datetime) -> None:
    builtin.install(at=noon)
    auditor = Role.objects.get(name="auditor")

    with pytest.raises(BuiltinRole):
        roles.update(auditor, changes={"title": "Boss"}, actor=SYSTEM, at=noon)
    with pytest.raises(BuiltinRole):
        roles.delete(auditor, actor=SYSTEM, at=noon)


def test_a_role_that_somebody_holds_or_will_hold_stays(alice: User, noon: datetime) -> None:
    now, soon = role_of("now"), role_of("soon")
    give_role(alice, now, at=noon)
    give_role(alice, soon, at=noon, valid_from=noon + timedelta(days=1))

    for role in (now, soon):
        with pytest.raises(RoleInUse):
            roles.delete(role, actor=SYSTEM, at=noon)


def test_a_role_that_nobody_holds_any_more_goes_with_its_past(alice: User, noon: datetime) -> None:
    role = role_of("clerk")
    give_role(alice, role, at=noon, valid_until=noon + timedelta(hours=1))

    roles.delete(role, actor=SYSTEM, at=noon + timedelta(hours=1))

    assert not RoleAssignment.objects.exists()
    assert Event.objects.get(kind="rbac.role.deleted").data == {"name": "clerk"}
    with pytest.raises(NotFound):
        roles.delete(role, actor=SYSTEM, at=noon)


@pytest.mark.parametrize(
    ("holds", "wanted", "scope", "able"),
    [
        ("invoice:*", "invoice:approve", "/", True),
        ("invoice:*", "invoice:*", "/", True),
        ("*:*", "user:*", "/", True),
        ("invoice:approve", "invoice:*", "/", False),
        ("invoice:*", "*:approve", "/", False),
        ("invoice:*", "user:view", "/", False),
        ("invoice:*", "invoice:approve", "/acme", False),
    ],
)
def test_nobody_makes_a_role_that_gives_more_than_he_holds(
    bob: User, noon: datetime, holds: str, wanted: str, scope: str, able: bool
) -> None:
    role_of("seen-before", "invoice:approve", "user:view")
    give(bob, holds, scope=scope, at=noon)

    made = roles.create("mine", permissions=[wanted], actor=actor(bob), at=noon)

    assert isinstance(made, Role) is able
    assert Role.objects.filter(name="mine").exists() is able
    assert Event.objects.filter(kind="rbac.role.refused", actor_id=bob.pk).exists() is not able


@pytest.mark.parametrize("wanted", [["user:*"], ["user:*", "role:view"], []])
def test_nobody_changes_a_role_that_gives_more_than_he_holds(bob: User, noon: datetime, wanted: list[str]) -> None:
    higher = role_of("higher", "user:*", "session:*")
    give(bob, "user:*", "role:*", at=noon)

    refused = roles.update(higher, changes={"permissions": wanted}, actor=actor(bob), at=noon)

    assert isinstance(refused, Refused)
    assert refused.error.code == "privilege_escalation"
    assert patterns_of(higher) == ["session:*", "user:*"]
    assert Event.objects.get(kind="rbac.role.refused").data["missing"] == ["session:*"]


def test_nobody_deletes_a_role_that_gives_more_than_he_holds(bob: User, noon: datetime) -> None:
    higher = role_of("higher", "user:*")

    assert isinstance(roles.delete(higher, actor=actor(bob), at=noon), Refused)

    assert Role.objects.filter(pk=higher.pk).exists()


def test_a_deactivated_person_and_a_stranger_hold_nothing(person: object, root: User, noon: datetime) -> None:
    User.objects.filter(pk=root.pk).update(is_active=False)
    service = Actor(kind=ActorKind.SERVICE_ACCOUNT, id=root.pk)

    assert isinstance(roles.create("a", permissions=["*:*"], actor=actor(root), at=noon), Refused)
    assert isinstance(roles.create("b", permissions=["*:*"], actor=service, at=noon), Refused)


def test_the_last_way_to_everything_is_not_taken_out_of_a_role(alice: User) -> None:
    role = role_of("chief", "*:*")
    give_role(alice, role)

    with pytest.raises(LastAdministrator):
        roles.update(role, changes={"permissions": []}, actor=SYSTEM, at=timezone.now())

    assert patterns_of(role) == ["*:*"]
