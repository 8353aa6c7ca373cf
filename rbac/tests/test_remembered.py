"""What nodes remember together of what somebody holds: what it costs, and that no change and no fault leaves a stale yes."""

import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event as Flag
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from accounts.services import lifecycle
from common import stamps
from common.actors import SYSTEM
from identity_server.resting import REST
from rbac import selectors
from rbac.models import Group, RoleAssignment
from rbac.selectors import Asked
from rbac.services import assignments, groups, memberships, roles
from rbac.tests.factories import give_role, group_of, role_of, separate
from tokens.tests.conftest import redis, server  # noqa: F401  the Redis that they run
from tokens.tests.redis_server import RedisServer
from tokens.tests.scenes import ON_SERVICES, a_second_later

pytestmark = ON_SERVICES
PERMISSION = "invoice:pay"


class Desk:
    """Alice may pay: as a boss, who inherits from the clerk. Bob may, in the group. Both were asked about twice.

    Alice counts, too, which gives her nothing and may be kept apart from paying.
    """

    def __init__(self, alice: User, bob: User) -> None:
        self.alice, self.bob, self.at = alice, bob, timezone.now()
        self.clerk = role_of("clerk", PERMISSION)
        self.boss = role_of("boss", inherits=[self.clerk])
        self.given = give_role(alice, self.boss)
        self.counter = role_of("counter")
        give_role(alice, self.counter)
        self.group: Group = group_of(bob, name="payers")
        self.shared = give_role(self.group, self.clerk)
        assert [self.may(user) for user in (alice, bob, alice, bob)] == [True] * 4

    def may(self, user: User, *, later: timedelta = timedelta()) -> bool:
        return bool(selectors.evaluate("user", str(user.pk), PERMISSION, scope="/acme", at=self.at + later))


@pytest.fixture
def desk(redis: RedisServer, alice: User, bob: User) -> Desk:  # noqa: F811  the fixture
    return Desk(alice, bob)


class TestCost:
    def test_a_warm_question_costs_one_round_trip_and_no_statement(
        self,
        desk: Desk,
        redis: RedisServer,  # noqa: F811  the fixture
        django_assert_num_queries: DjangoAssertNumQueries,
    ) -> None:
        before = redis.calls("mget"), redis.calls("set"), redis.calls("get"), redis.calls("eval")

        with django_assert_num_queries(0):
            assert desk.may(desk.alice)

        assert (redis.calls("mget"), redis.calls("set"), redis.calls("get"), redis.calls("eval")) == (
            before[0] + 1,
            *before[1:],
        )

    def test_so_does_a_batch_about_many(
        self,
        desk: Desk,
        redis: RedisServer,  # noqa: F811  the fixture
        django_assert_num_queries: DjangoAssertNumQueries,
    ) -> None:
        asked = [Asked("user", str(one.pk), PERMISSION) for one in (desk.alice, desk.bob) for _ in range(50)]
        before = redis.calls("mget")

        with django_assert_num_queries(0):
            assert all(selectors.evaluate_many(asked, at=desk.at))

        assert redis.calls("mget") == before + 1

    def test_whoever_is_asked_about_first_costs_one_statement(
        self, desk: Desk, person: Callable[..., User], django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        newcomer = person("carol")
        give_role(newcomer, desk.boss)

        with django_assert_num_queries(1):
            assert desk.may(newcomer)

    def test_a_person_who_asks_for_herself_costs_none_either(
        self, desk: Desk, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        with django_assert_num_queries(0):
            assert desk.alice.has_perm(PERMISSION)

    def test_in_a_transaction_its_own_writes_count_and_are_not_remembered(self, desk: Desk) -> None:
        with transaction.atomic():
            RoleAssignment.objects.update(ended_at=desk.at)
            assert not desk.may(desk.alice)
            transaction.set_rollback(True)

        assert desk.may(desk.alice)


Change = Callable[[Desk], object]
# Each takes from Alice or Bob what they may.
CHANGES: dict[str, tuple[str, Change]] = {
    "assignment ended": ("alice", lambda d: assignments.end(d.given, actor=SYSTEM, at=d.at)),
    "role takes it back": (
        "alice",
        lambda d: roles.update(d.clerk, changes={"permissions": []}, actor=SYSTEM, at=d.at),
    ),
    "inherits no more": ("alice", lambda d: roles.update(d.boss, changes={"inherits": []}, actor=SYSTEM, at=d.at)),
    "deactivated": ("alice", lambda d: lifecycle.deactivate(d.alice, actor=SYSTEM, at=d.at)),
    "erased": ("alice", lambda d: lifecycle.erase(d.alice, actor=SYSTEM, at=d.at)),
    "group's assignment ended": ("bob", lambda d: assignments.end(d.shared, actor=SYSTEM, at=d.at)),
    "out of the group": ("bob", lambda d: memberships.remove(d.group, d.bob, actor=SYSTEM, at=d.at)),
    "group deleted": ("bob", lambda d: groups.delete(d.group, actor=SYSTEM, at=d.at)),
    "kept apart": ("alice", lambda d: separate(d.counter, d.clerk, kind="dynamic", name="four-eyes")),
}


def end_hers(desk: Desk) -> None:
    assignments.end(desk.given, actor=SYSTEM, at=desk.at)


class TestChanges:
    @pytest.mark.parametrize("cause", CHANGES)
    def test_the_next_question_sees_what_took_it(self, desk: Desk, cause: str) -> None:
        whose, change = CHANGES[cause]

        change(desk)

        assert not desk.may(getattr(desk, whose))

    def test_the_next_question_sees_what_gave_it(self, desk: Desk) -> None:
        end_hers(desk)
        assert not desk.may(desk.alice)

        give_role(desk.alice, desk.clerk)

        assert desk.may(desk.alice)

    def test_a_superuser_is_one_until_she_is_not(self, desk: Desk, root: User, person: Callable[..., User]) -> None:
        person("second", is_staff=True, is_superuser=True)
        assert desk.may(root)

        lifecycle.update(root, changes={"is_superuser": False}, actor=SYSTEM, at=desk.at)

        assert not desk.may(root)

    def test_the_clock_ends_what_is_remembered(self, desk: Desk) -> None:
        end_hers(desk)
        give_role(desk.alice, desk.boss, valid_until=desk.at + timedelta(seconds=5))

        assert desk.may(desk.alice, later=timedelta(seconds=4.999))
        assert not desk.may(desk.alice, later=timedelta(seconds=5))


class TestFaults:
    def test_without_redis_the_database_answers(self, desk: Desk, redis: RedisServer) -> None:  # noqa: F811
        redis.stop()
        assert desk.may(desk.alice)

        end_hers(desk)

        assert not desk.may(desk.alice)

    def test_emptied_between_the_change_and_the_question(self, desk: Desk, redis: RedisServer) -> None:  # noqa: F811
        end_hers(desk)
        redis.ask().flushall()

        assert not desk.may(desk.alice)

    def test_brought_back_from_a_copy_between_them(self, desk: Desk, redis: RedisServer) -> None:  # noqa: F811
        redis.stop(save=True)
        end_hers(desk)
        redis.start()
        # Another node, which noticed nothing.
        stamps.forget_failures()
        a_second_later()

        assert not desk.may(desk.alice)

    def test_frozen_during_the_change(self, desk: Desk, redis: RedisServer) -> None:  # noqa: F811
        redis.send(signal.SIGSTOP)
        roles.update(desk.clerk, changes={"permissions": []}, actor=SYSTEM, at=desk.at)
        redis.send(signal.SIGCONT)
        a_second_later()

        assert not desk.may(desk.alice)
        assert not desk.may(desk.bob)

    def test_a_node_that_could_not_tell_makes_up_for_it(self, desk: Desk) -> None:
        REST.until = float("inf")
        end_hers(desk)
        a_second_later()
        desk.may(desk.bob)
        stamps.forget_failures()

        assert not desk.may(desk.alice)

    def test_what_was_written_of_somebody_else_is_not_read(
        self,
        desk: Desk,
        redis: RedisServer,  # noqa: F811
    ) -> None:
        end_hers(desk)
        assert desk.may(desk.bob)
        (bobs,) = redis.ask().scan_iter(f"*:user:{desk.bob.pk}")

        redis.ask().copy(bobs, bobs.replace(str(desk.bob.pk).encode(), str(desk.alice.pk).encode()), replace=True)

        assert not desk.may(desk.alice)


class Reader:
    """Another thread that asks, and is held up between its statement and what it then writes."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.has_read, self.go_on = desk, Flag(), Flag()

    def __call__(self) -> bool:
        try:
            with connection.execute_wrapper(self.held_up):
                return self.desk.may(self.desk.alice)
        finally:
            connection.close()

    def held_up(self, execute: Callable[..., Any], *given: Any) -> Any:
        found = execute(*given)
        self.has_read.set()
        assert self.go_on.wait(20)
        return found


OVERTAKING: dict[str, tuple[Callable[[Desk, RedisServer], object], ...]] = {
    "changed": (lambda d, _: end_hers(d),),
    "emptied, then changed": (lambda _, r: r.ask().flushall(), lambda d, _: end_hers(d)),
    "changed, then emptied": (lambda d, _: end_hers(d), lambda _, r: r.ask().flushall()),
    "changed, then asked": (lambda d, _: end_hers(d), lambda d, _: d.may(d.alice)),
    "the role changed": (lambda d, _: roles.update(d.boss, changes={"inherits": []}, actor=SYSTEM, at=d.at),),
}


class TestRaces:
    @pytest.mark.parametrize("how", OVERTAKING)
    def test_a_reader_who_was_overtaken_brings_no_yes_back(
        self,
        desk: Desk,
        redis: RedisServer,  # noqa: F811
        how: str,
    ) -> None:
        redis.ask().flushall()
        reader = Reader(desk)
        with ThreadPoolExecutor(1) as pool:
            reading = pool.submit(reader)
            assert reader.has_read.wait(20)
            for step in OVERTAKING[how]:
                step(desk, redis)
            reader.go_on.set()
            reading.result()

        assert not desk.may(desk.alice)

    def test_nor_does_one_who_asks_between_the_change_and_its_commit(self, desk: Desk) -> None:
        reader = Reader(desk)
        reader.go_on.set()
        with ThreadPoolExecutor(1) as pool, transaction.atomic():
            end_hers(desk)
            assert pool.submit(reader).result(), "nothing is committed yet"

        assert not desk.may(desk.alice)
