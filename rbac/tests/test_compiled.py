"""What a process keeps of the roles: one graph for each stamp, built once, and never of two moments."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from events.tests.fakes import at_once
from rbac import compiled, selectors
from rbac.models import Policy, RoleInheritance, RolePermission
from rbac.services import policy
from rbac.tests.factories import give_role, role_of, separate

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _graphs_of_this_test() -> Iterator[None]:
    yield
    compiled.forget()


def stamp() -> object:
    return Policy.objects.get().stamp


def test_a_cold_process_reads_all_roles_in_one_statement(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    clerk = role_of("clerk", "invoice:view")
    boss = role_of("boss", "invoice:pay", inherits=[clerk])
    separate(clerk, role_of("auditor"), kind="dynamic", name="four-eyes")
    now = Policy.objects.get().stamp

    with django_assert_num_queries(1):
        found = compiled.under(now)

    assert found.stamp == now
    assert found.graph.patterns(boss.pk) == {"invoice:view", "invoice:pay"}
    assert [(one.name, one.limit) for one in found.apart] == [("four-eyes", 1)]


def test_and_from_then_on_none(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    role_of("clerk", "invoice:view")
    now = Policy.objects.get().stamp
    first = compiled.under(now)

    with django_assert_num_queries(0):
        assert compiled.under(now) is first


def test_a_new_stamp_takes_a_new_graph() -> None:
    clerk = role_of("clerk", "invoice:view")
    assert not compiled.graph().gives(clerk.pk, "invoice:pay")

    RolePermission.objects.create(role=clerk, pattern="invoice:pay")
    policy.changed()

    assert compiled.graph().gives(clerk.pk, "invoice:pay")


def test_what_was_undone_is_remembered_under_a_stamp_that_nobody_sees_again() -> None:
    clerk = role_of("clerk", "invoice:view")
    before = stamp()
    with transaction.atomic():
        RolePermission.objects.create(role=clerk, pattern="*:*")
        policy.changed()
        assert compiled.graph().gives(clerk.pk, "invoice:pay")
        transaction.set_rollback(True)

    assert stamp() == before
    assert not compiled.graph().gives(clerk.pk, "invoice:pay")


def test_who_asks_under_a_stamp_of_the_past_is_told_of_which_time_the_answer_is() -> None:
    role_of("clerk", "invoice:view")

    assert compiled.under(uuid4()).stamp == stamp()


def test_without_a_policy_nothing_is_kept(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    """A flush took the row away; the next change lays it down again."""
    clerk = role_of("clerk", "invoice:view")
    Policy.objects.all().delete()

    for _ in range(2):
        with django_assert_num_queries(2):
            assert compiled.graph().gives(clerk.pk, "invoice:view")
    assert compiled.under(None).stamp is None


def test_a_ring_that_was_made_by_hand_hangs_nothing(alice: User, noon: datetime) -> None:
    first, second = role_of("first", "invoice:pay"), role_of("second")
    for senior, junior in ((first, second), (second, first)):
        RoleInheritance.objects.create(senior=senior, junior=junior)
    policy.changed()
    give_role(alice, second, at=noon)

    assert selectors.may(alice, "invoice:pay", at=noon)
    assert len(compiled.graph().rings) == 1


def test_what_she_holds_and_what_roles_give_are_of_one_moment(alice: User, noon: datetime) -> None:
    """Between reading her and reading the roles, hers was taken and then made to give more."""
    clerk = role_of("clerk", "invoice:view")
    given = give_role(alice, clerk, at=noon)
    done: list[int] = []

    def overtake(execute: Callable[..., Any], sql: str, *more: Any) -> Any:
        found = execute(sql, *more)
        if "accounts_user" in sql and not done:
            done.append(1)
            given.delete()
            RolePermission.objects.create(role=clerk, pattern="*:*")
            policy.changed()
        return found

    with connection.execute_wrapper(overtake):
        assert not selectors.may(alice, "user:delete", at=noon)
    assert done


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_of_many_who_need_it_at_once_one_builds_it() -> None:
    clerk = role_of("clerk", "invoice:view")
    now, read = Policy.objects.get().stamp, []

    def ask() -> bool:
        with CaptureQueriesContext(connection) as seen:
            answer = compiled.under(now).graph.gives(clerk.pk, "invoice:view")
        read.append(len(seen.captured_queries))
        return answer

    assert at_once(*[ask] * 8) == [True] * 8
    assert sorted(read) == [0] * 7 + [1]
