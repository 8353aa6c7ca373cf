"""Giving roles and ending that, and who may not."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from accounts.models import User
from common.actors import SYSTEM
from common.errors import InvalidScope, NotFound
from events.models import Event
from rbac.errors import AlreadyAssigned, InvalidPeriod, Refused
from rbac.models import Role, RoleAssignment
from rbac.services import assignments
from rbac.tests.factories import actor, give, give_role, role_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def clerk(db: None) -> Role:
    return role_of("clerk", "invoice:approve")


def test_an_assignment_is_told_with_who_gave_what_where(alice: User, root: User, clerk: Role, noon: datetime) -> None:
    given = assignments.assign(
        alice, clerk, scope="/acme", valid_until=noon + DAY, reason="for Jane", actor=actor(root), at=noon
    )

    assert isinstance(given, RoleAssignment)
    assert given.assigned_by == root.pk
    fact = Event.objects.get(kind="rbac.role_assignment.created")
    assert (fact.subject_id, fact.actor_id) == (str(given.pk), root.pk)
    assert (fact.data["user_id"], fact.data["role"], fact.data["scope"]) == (str(alice.pk), "clerk", "/acme")
    assert "Jane" not in str(fact.data)


def test_the_same_role_is_not_given_twice_at_one_scope(alice: User, clerk: Role, noon: datetime) -> None:
    give_role(alice, clerk, at=noon)

    with pytest.raises(AlreadyAssigned):
        give_role(alice, clerk, at=noon)

    give_role(alice, clerk, at=noon, scope="/acme")


def test_an_assignment_that_is_over_makes_room_for_the_next(alice: User, clerk: Role, noon: datetime) -> None:
    past = give_role(alice, clerk, at=noon, valid_until=noon + DAY)

    give_role(alice, clerk, at=noon + DAY)

    past.refresh_from_db()
    assert past.ended_at == noon + DAY


@pytest.mark.parametrize(
    ("begin", "end"), [(None, timedelta()), (None, -DAY), (DAY, DAY), (2 * DAY, DAY), (-2 * DAY, -DAY)]
)
def test_an_assignment_ends_after_it_begins_and_not_in_the_past(
    alice: User, clerk: Role, noon: datetime, begin: timedelta | None, end: timedelta
) -> None:
    with pytest.raises(InvalidPeriod):
        give_role(alice, clerk, at=noon, valid_from=begin and noon + begin, valid_until=noon + end)


def test_a_scope_of_another_spelling_is_refused(alice: User, clerk: Role, noon: datetime) -> None:
    with pytest.raises(InvalidScope):
        give_role(alice, clerk, at=noon, scope="/acme/")


def test_whoever_was_erased_meanwhile_is_not_found(alice: User, clerk: Role, noon: datetime) -> None:
    User.objects.filter(pk=alice.pk).delete()

    with pytest.raises(NotFound):
        give_role(alice, clerk, at=noon)


def test_a_role_that_was_deleted_meanwhile_is_not_found(alice: User, clerk: Role, noon: datetime) -> None:
    Role.objects.filter(pk=clerk.pk).delete()

    with pytest.raises(NotFound):
        give_role(alice, clerk, at=noon)


@pytest.mark.parametrize(
    ("holds", "where", "gives", "there", "able"),
    [
        ("invoice:*", "/", "invoice:approve", "/", True),
        ("invoice:*", "/", "invoice:approve", "/acme", True),
        ("invoice:*", "/acme", "invoice:approve", "/acme", True),
        ("invoice:*", "/acme", "invoice:approve", "/acme/eu", True),
        ("invoice:*", "/acme", "invoice:*", "/acme", True),
        ("*:*", "/acme", "invoice:*", "/acme/eu", True),
        ("invoice:*", "/acme", "invoice:approve", "/", False),
        ("invoice:*", "/acme", "invoice:approve", "/acme2", False),
        ("invoice:*", "/acme/eu", "invoice:approve", "/acme", False),
        ("invoice:approve", "/", "invoice:*", "/", False),
        ("invoice:approve", "/", "*:approve", "/", False),
        ("invoice:approve", "/", "*:*", "/", False),
        ("*:approve", "/", "invoice:*", "/", False),
    ],
)
def test_nobody_hands_out_what_he_does_not_hold_there(
    alice: User, bob: User, noon: datetime, holds: str, where: str, gives: str, there: str, able: bool
) -> None:
    role = role_of("wanted", gives)
    give(bob, holds, scope=where, at=noon)

    outcome = assignments.assign(alice, role, scope=there, actor=actor(bob), at=noon)

    assert isinstance(outcome, RoleAssignment) is able
    assert RoleAssignment.objects.filter(user=alice).exists() is able
    assert Event.objects.filter(kind="rbac.role_assignment.refused").exists() is not able


def test_a_refusal_leaves_its_mark(alice: User, bob: User, clerk: Role, noon: datetime) -> None:
    outcome = assignments.assign(alice, clerk, scope="/acme", actor=actor(bob), at=noon)

    assert isinstance(outcome, Refused)
    assert outcome.error.detail == "You do not hold invoice:approve at /acme yourself."
    fact = Event.objects.get(kind="rbac.role_assignment.refused")
    assert (fact.actor_id, fact.data["attempted"], fact.data["missing"]) == (bob.pk, "assign", ["invoice:approve"])


@pytest.mark.parametrize(("until", "able"), [(DAY, True), (2 * DAY, False), (None, False)])
def test_nobody_hands_out_for_longer_than_he_holds(
    alice: User, bob: User, clerk: Role, noon: datetime, until: timedelta | None, able: bool
) -> None:
    give(bob, "invoice:*", at=noon, valid_until=noon + DAY)

    end = noon + until if until else None

    outcome = assignments.assign(alice, clerk, valid_until=end, actor=actor(bob), at=noon)

    assert isinstance(outcome, RoleAssignment) is able


def test_nobody_hands_out_what_he_will_hold_only_tomorrow(alice: User, bob: User, clerk: Role, noon: datetime) -> None:
    give(bob, "invoice:*", at=noon, valid_from=noon + DAY)

    outcome = assignments.assign(alice, clerk, valid_from=noon + DAY, actor=actor(bob), at=noon)

    assert isinstance(outcome, Refused)


def test_a_role_of_several_permissions_is_held_only_as_a_whole(alice: User, bob: User, noon: datetime) -> None:
    role = role_of("wanted", "invoice:approve", "invoice:view", "user:view")
    give(bob, "invoice:*", at=noon)

    outcome = assignments.assign(alice, role, actor=actor(bob), at=noon)

    assert isinstance(outcome, Refused)
    assert Event.objects.get(kind="rbac.role_assignment.refused").data["missing"] == ["user:view"]


def test_an_ended_assignment_is_told_once(alice: User, root: User, clerk: Role, noon: datetime) -> None:
    given = give_role(alice, clerk, at=noon)

    assert assignments.end(given, actor=actor(root), at=noon + DAY) is True
    assert assignments.end(given, actor=actor(root), at=noon + DAY) is False

    given.refresh_from_db()
    assert (given.ended_at, given.ended_by) == (noon + DAY, root.pk)
    assert Event.objects.get(kind="rbac.role_assignment.ended").data["role"] == "clerk"


def test_nobody_takes_away_what_he_does_not_hold_there(alice: User, bob: User, clerk: Role, noon: datetime) -> None:
    given = give_role(alice, clerk, at=noon)
    give(bob, "invoice:*", scope="/acme", at=noon)

    assert isinstance(assignments.end(given, actor=actor(bob), at=noon), Refused)

    assert RoleAssignment.objects.standing(at=noon).filter(pk=given.pk).exists()
    assert Event.objects.get(kind="rbac.role_assignment.refused").data["attempted"] == "end"


def test_nobody_takes_anything_from_those_above_him(
    alice: User, bob: User, root: User, clerk: Role, noon: datetime
) -> None:
    give(bob, "invoice:*", at=noon)
    give(alice, "session:*", at=noon)
    of_alice, of_root = give_role(alice, clerk, at=noon), give_role(root, clerk, at=noon)

    assert isinstance(assignments.end(of_alice, actor=actor(bob), at=noon), Refused)
    assert isinstance(assignments.end(of_root, actor=actor(bob), at=noon), Refused)


def test_everybody_may_lay_down_what_is_hers(alice: User, clerk: Role, noon: datetime) -> None:
    soon = give_role(alice, clerk, at=noon, valid_from=noon + DAY)

    assert assignments.end(soon, actor=actor(alice), at=noon) is True


def test_the_system_gives_and_takes_without_holding(person: Callable[..., User], clerk: Role, noon: datetime) -> None:
    given = give_role(person("carol"), clerk, at=noon)

    assert given.assigned_by is None
    assert assignments.end(given, actor=SYSTEM, at=noon) is True
