"""What somebody holds, from where, and whether she may."""

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from common.actors import SYSTEM
from rbac import selectors
from rbac.decisions import Cause
from rbac.services import assignments
from rbac.tests.factories import give, give_role, role_of

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
