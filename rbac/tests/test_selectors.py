"""What somebody holds, from where, and whether she may."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from common.actors import SYSTEM
from rbac import compiled, selectors
from rbac.decisions import Cause
from rbac.services import assignments
from rbac.tests.factories import give, give_role, group_of, role_of

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def test_an_assignment_counts_from_the_next_question_to_the_last(alice: User, noon: datetime) -> None:
    assert not selectors.may(alice, "invoice:approve", at=noon)

    given = give(alice, "invoice:approve", at=noon)
    assert selectors.may(alice, "invoice:approve", at=noon)

    assignments.end(given, actor=SYSTEM, at=noon)
    assert not selectors.may(alice, "invoice:approve", at=noon)


def test_an_assignment_ends_by_the_clock_alone(alice: User, noon: datetime) -> None:
    given = give(alice, "invoice:approve", at=noon, valid_until=noon + HOUR)

    assert selectors.may(alice, "invoice:approve", at=noon + HOUR - timedelta(microseconds=1))
    late = selectors.may(alice, "invoice:approve", at=noon + HOUR)
    assert (late.cause, late.held and late.held.assignment_id) == (Cause.EXPIRED, given.pk)


def test_a_decision_takes_one_statement(
    alice: User, noon: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(3):
        give(alice, "invoice:approve", "invoice:view", at=noon)
    compiled.graph()

    with django_assert_num_queries(1):
        assert selectors.may(alice, "invoice:approve", at=noon)


def test_the_inactive_the_stranger_and_the_nonsense_get_a_no_with_its_reason(root: User, noon: datetime) -> None:
    assert selectors.may(root, "invoice", at=noon).cause is Cause.NOT_A_PERMISSION
    assert selectors.may(root, "*:*", at=noon).cause is Cause.NOT_A_PERMISSION
    assert selectors.may(AnonymousUser(), "a:b", at=noon).cause is Cause.UNKNOWN_SUBJECT

    root.is_active = False
    assert selectors.may(root, "a:b", at=noon).cause is Cause.INACTIVE


def test_effective_permissions_tell_where_each_comes_from(alice: User, noon: datetime) -> None:
    first = give(alice, "invoice:*", "user:view", at=noon)
    second = give(alice, "invoice:*", scope="/acme", at=noon, valid_until=noon + HOUR)
    give(alice, "session:view", at=noon, valid_from=noon + HOUR)

    found = selectors.effective_permissions(alice, at=noon)

    assert {name: [source.assignment_id for source in sources] for name, sources in found.items()} == {
        "invoice:*": [first.pk, second.pk],
        "user:view": [first.pk],
    }
    assert found["invoice:*"][1].valid_until == noon + HOUR


@pytest.mark.parametrize(
    ("scope", "names"), [("/", []), ("/acme", ["invoice:*"]), ("/acme/eu", ["invoice:*"]), ("/b", [])]
)
def test_effective_permissions_at_a_scope_are_those_that_hold_there(
    alice: User, noon: datetime, scope: str, names: list[str]
) -> None:
    give(alice, "invoice:*", scope="/acme", at=noon)

    assert list(selectors.effective_permissions(alice, scope=scope, at=noon)) == names


def test_a_superuser_holds_everything_everywhere(root: User, noon: datetime) -> None:
    (source,) = selectors.effective_permissions(root, at=noon)["*:*"]

    assert (source.role, source.scope, source.assignment_id) == ("superuser", "/", None)


def test_role_names_are_those_that_hold_everywhere_now(alice: User, noon: datetime) -> None:
    here, there, soon, over = (role_of(name) for name in ("here", "there", "soon", "over"))
    give_role(alice, here, at=noon)
    give_role(alice, there, at=noon, scope="/acme")
    give_role(alice, soon, at=noon, valid_from=noon + HOUR)
    give_role(alice, over, at=noon - HOUR, valid_until=noon)

    assert selectors.role_names_of(alice.pk, at=noon) == ["here"]


def test_a_deactivated_superior_stays_a_superior(alice: User, root: User, noon: datetime) -> None:
    root.is_active = False

    assert selectors.outranks(root, alice, at=noon)
    assert not selectors.outranks(alice, root, at=noon) or not root.is_active
    assert not selectors.outranks(root, root, at=noon)


def test_what_comes_through_groups_and_inheritance_costs_no_more(
    alice: User, noon: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    clerk = role_of("clerk", "invoice:approve")
    boss = role_of("boss", inherits=[clerk])
    given = give_role(group_of(alice, name="bosses"), boss, at=noon, scope="/acme")
    compiled.graph()

    with django_assert_num_queries(1):
        found = selectors.may(alice, "invoice:approve", scope="/acme/eu", at=noon)

    assert (found.allowed, found.path) == (True, ("boss", "clerk"))
    assert found.held
    assert (found.held.assignment_id, found.held.group, found.held.scope) == (given.pk, "bosses", "/acme")


def test_each_assignment_counts_once_however_many_groups_she_is_in(alice: User, noon: datetime) -> None:
    role = role_of("clerk", "invoice:approve")
    groups = [group_of(alice, name=name) for name in ("first", "second")]
    given = [give_role(one, role, at=noon, scope=scope) for one in groups for scope in ("/a", "/b")]
    ended = give_role(groups[0], role_of("ended"), at=noon)
    assignments.end(ended, actor=SYSTEM, at=noon)
    own = give_role(alice, role, at=noon)

    held = selectors.held_by(alice, at=noon)

    assert sorted(one.assignment_id for one in held if one.assignment_id) == sorted(one.pk for one in [*given, own])
    assert sorted(str(one.group) for one in held) == ["None", "first", "first", "second", "second"]


def test_a_batch_answers_as_one_by_one_with_one_statement_for_all_people(
    alice: User, bob: User, noon: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    give(alice, "invoice:approve", at=noon)
    User.objects.filter(pk=bob.pk).update(is_active=False)
    whom = [str(alice.pk), str(alice.pk).upper(), str(bob.pk), str(uuid4()), "nobody"]
    asked = [selectors.Asked(kind, who, "invoice:approve") for kind in ("user", "robot") for who in whom]
    compiled.graph()

    with django_assert_num_queries(1):
        found = selectors.evaluate_many(asked, at=noon)

    causes = [Cause.ASSIGNED, Cause.ASSIGNED, Cause.INACTIVE, *[Cause.UNKNOWN_SUBJECT] * 7]
    assert [one.cause for one in found] == causes
    assert found == [selectors.evaluate(one.kind, one.subject_id, one.permission, scope="/", at=noon) for one in asked]


def test_role_names_are_also_those_of_her_groups_each_once(alice: User, noon: datetime) -> None:
    role = role_of("clerk")
    give_role(alice, role, at=noon)
    give_role(group_of(alice), role, at=noon)
    give_role(group_of(alice), role_of("boss"), at=noon)

    assert selectors.role_names_of(alice.pk, at=noon) == ["boss", "clerk"]


@pytest.mark.parametrize("way", ["inherits", "group", "both"])
def test_an_administrator_is_one_by_whatever_way(alice: User, noon: datetime, way: str) -> None:
    chief = role_of("chief", "*:*")
    role = chief if way == "group" else role_of("heir", inherits=[chief])
    assert not selectors.an_administrator_is_left(at=noon)

    give_role(alice if way == "inherits" else group_of(alice), role, at=noon)

    assert selectors.is_administrator(alice, at=noon)
    assert selectors.an_administrator_is_left(at=noon)
    assert not selectors.an_administrator_is_left(without=alice.pk, at=noon)
