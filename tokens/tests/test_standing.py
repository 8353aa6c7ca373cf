"""What nodes remember together of who stands: right in every race, and with a Redis that is emptied, stopped or frozen."""

import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Event as Flag
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection, transaction
from django.utils import timezone
from django_redis import get_redis_connection
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from accounts.services import lifecycle, passwords, service_accounts
from common.actors import SYSTEM
from events.models import Event
from identity_server.resting import REST
from rbac.models import Role, RoleAssignment
from rbac.services import assignments, roles
from rbac.tests.factories import give
from tokens import introspection, selectors, stamps, standing, subscribers
from tokens.errors import TokenNotValid
from tokens.models import ServiceCredential, Session
from tokens.services import credentials, issuing, keys, refreshing, sessions
from tokens.tests.machines import buy, machine, secret_of
from tokens.tests.redis_server import PROGRAM, RedisServer

pytestmark = [
    pytest.mark.services,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(60),
    pytest.mark.skipif(PROGRAM is None, reason="there is no redis-server here"),
]
Change = Callable[["Scene"], object]


class Scene:
    """Alice is signed in, a machine has a token, and both have been looked at, so that all is remembered."""

    def __init__(self, alice: User) -> None:
        self.alice, self.at = alice, timezone.now()
        self.session = sessions.start(alice, amr=["pwd"], actor=SYSTEM, at=self.at)
        self.pair = issuing.issue(self.session, at=self.at)
        self.role = give(alice, "invoice:view")
        self.billing = machine("billing", "invoice:view")
        self.machine_token = buy(secret_of(self.billing))
        self.look()

    def look(self) -> None:
        self.told(self.pair.access)
        self.told(self.machine_token)

    def told(self, token: str) -> dict[str, Any] | None:
        return introspection.told_of(token, at=self.at)

    def refused(self, token: str) -> bool:
        """By each of those who ask what is remembered."""
        try:
            selectors.check(token, at=self.at)
        except TokenNotValid:
            return self.told(token) is None
        return False


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    running = RedisServer(tmp_path_factory.mktemp("redis"))
    running.start()
    yield running
    running.stop()


@pytest.fixture
def redis(server: RedisServer, settings: LazySettings) -> Iterator[RedisServer]:
    """Shared by all nodes; it runs, it is empty, and nobody has had trouble with it."""
    settings.CACHES = {"default": server.as_cache()}
    settings.CACHE_SHARED = True
    server.ask().flushall()
    _a_second_later()
    stamps.forget_failures()
    yield server
    if server.process is None:
        server.start()
    server.send(signal.SIGCONT)
    _a_second_later()


@pytest.fixture
def scene(redis: RedisServer, alice: User) -> Scene:
    return Scene(alice)


def _a_second_later() -> None:
    """Redis may be asked again after a failure."""
    REST.until = 0.0


class TestCost:
    def test_what_stands_costs_one_round_trip_and_no_query(
        self, scene: Scene, redis: RedisServer, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        before = redis.ask().info("stats")["total_commands_processed"]  # type: ignore[index]  # redis types it so
        asked = redis.calls("mget")

        with django_assert_num_queries(0):
            selectors.check(scene.pair.access, at=scene.at)
            told = scene.told(scene.pair.access)
            bearer = selectors.bearer_of(scene.machine_token, at=scene.at)
            assert bearer.principal.has_perm("invoice:view")

        assert told
        assert told["roles"] == [scene.role.role.name]
        assert redis.calls("mget") == asked + 3
        # The others are those of this test.
        assert redis.ask().info("stats")["total_commands_processed"] - before <= 3 + 10  # type: ignore[index]  # likewise

    def test_after_a_change_it_costs_one_query_and_then_none(
        self, scene: Scene, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        give(scene.alice, "invoice:approve")

        for cost in (1, 0):
            with django_assert_num_queries(cost):
                selectors.check(scene.pair.access, at=scene.at)

    def test_a_person_who_comes_herself_costs_one_query_and_no_round_trip(
        self, scene: Scene, redis: RedisServer, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        asked = redis.calls("mget")

        with django_assert_num_queries(1):
            assert selectors.bearer_of(scene.pair.access, at=scene.at).principal == scene.alice

        assert redis.calls("mget") == asked

    def test_a_change_costs_two_round_trips(self, scene: Scene, redis: RedisServer) -> None:
        before = redis.calls("eval")

        sessions.end(scene.session, reason="test", actor=SYSTEM, at=scene.at)

        assert redis.calls("eval") == before + 2

    def test_nothing_is_remembered_of_what_a_transaction_sees(self, scene: Scene) -> None:
        with transaction.atomic():
            Session.objects.update(revoked_at=None, idle_expires_at=scene.at + timedelta(days=1))
            give(scene.alice, "invoice:approve")
            scene.look()
            transaction.set_rollback(True)

        told = scene.told(scene.pair.access)
        assert told
        assert told["roles"] == [scene.role.role.name]


def end_session(scene: Scene) -> None:
    sessions.end(scene.session, reason="test", actor=SYSTEM, at=scene.at)


KILLING: dict[str, Change] = {
    "the session ended": end_session,
    "all others ended": lambda s: sessions.end_all(s.alice.pk, reason="test", actor=SYSTEM, at=s.at),
    "these ended": lambda s: sessions.end_these([s.session.pk], reason="test", actor=SYSTEM, at=s.at),
    "deactivated": lambda s: lifecycle.deactivate(s.alice, actor=SYSTEM, at=s.at),
    "erased": lambda s: lifecycle.erase(s.alice, actor=SYSTEM, at=s.at),
    "signed out": lambda s: lifecycle.sign_out(s.alice, actor=SYSTEM, at=s.at),
    "new password": lambda s: passwords.replace(s.alice, "!", actor=SYSTEM, at=s.at),
    "emergency": lambda s: keys.replace_all(actor=SYSTEM, at=s.at),
    "given back": lambda s: sessions.revoke(s.pair.refresh, actor=SYSTEM, at=s.at),
}
KILLING_THE_MACHINE: dict[str, Change] = {
    "secret revoked": lambda s: credentials.revoke(_credential(s), actor=SYSTEM, at=s.at),
    "tokens ended": lambda s: credentials.end_tokens(_credential(s).epoch, actor=SYSTEM, at=s.at),
    "deactivated": lambda s: service_accounts.deactivate(s.billing, actor=SYSTEM, at=s.at),
    "deleted": lambda s: service_accounts.delete(s.billing, actor=SYSTEM, at=s.at),
    "emergency": lambda s: keys.replace_all(actor=SYSTEM, at=s.at),
}


def _credential(scene: Scene) -> ServiceCredential:
    return ServiceCredential.objects.get(service_account=scene.billing)


class TestChanges:
    @pytest.mark.parametrize("cause", KILLING)
    def test_the_next_request_sees_what_ended_a_session(self, scene: Scene, cause: str) -> None:
        KILLING[cause](scene)

        assert scene.refused(scene.pair.access)

    @pytest.mark.parametrize("cause", KILLING_THE_MACHINE)
    def test_and_what_ended_a_machine_s_token(self, scene: Scene, cause: str) -> None:
        KILLING_THE_MACHINE[cause](scene)

        assert scene.refused(scene.machine_token)
        with pytest.raises(TokenNotValid):
            selectors.bearer_of(scene.machine_token, at=scene.at)

    def test_what_is_undone_has_changed_nothing(self, scene: Scene) -> None:
        with transaction.atomic():
            end_session(scene)
            transaction.set_rollback(True)

        assert not scene.refused(scene.pair.access)

    def test_a_role_given_or_taken_counts_at_once(self, scene: Scene) -> None:
        assignments.end(scene.role, actor=SYSTEM, at=scene.at)
        told = scene.told(scene.pair.access)
        assert told
        assert told["roles"] == []

        more = give(scene.alice, "invoice:approve")
        told = scene.told(scene.pair.access)
        assert told
        assert told["roles"] == [more.role.name]

    def test_so_does_what_a_machine_s_role_gives(self, scene: Scene) -> None:
        role = Role.objects.get(assignments__service_account=scene.billing)
        roles.update(role, changes={"permissions": ["user:view"]}, actor=SYSTEM, at=scene.at)

        machine = selectors.bearer_of(scene.machine_token, at=scene.at).principal

        assert machine.has_perm("user:view")
        assert not machine.has_perm("invoice:view")

    def test_the_clock_ends_roles_and_sessions_without_any_change(self, scene: Scene) -> None:
        RoleAssignment.objects.update(valid_until=scene.at + timedelta(seconds=30))
        Session.objects.update(idle_expires_at=scene.at + timedelta(seconds=60))
        standing.changed(scene.alice.pk)
        scene.look()

        for later, told in ((29, [scene.role.role.name]), (30, [])):
            found = introspection.told_of(scene.pair.access, at=scene.at + timedelta(seconds=later))
            assert found
            assert found["roles"] == told
        assert introspection.told_of(scene.pair.access, at=scene.at + timedelta(seconds=60)) is None

    def test_a_session_that_was_refreshed_meanwhile_is_not_taken_for_idle(self, scene: Scene) -> None:
        Session.objects.update(idle_expires_at=scene.at + timedelta(seconds=60))
        standing.changed(scene.alice.pk)
        scene.look()
        refreshing.refresh(scene.pair.refresh, actor=SYSTEM, at=scene.at)

        assert introspection.told_of(scene.pair.access, at=scene.at + timedelta(seconds=60))


class Reader:
    """Another thread that looks at a token, and is held up between its query and what it then writes."""

    def __init__(self, scene: Scene) -> None:
        self.scene, self.has_read, self.go_on = scene, Flag(), Flag()

    def __call__(self) -> object:
        try:
            with connection.execute_wrapper(self.held_up):
                return self.scene.told(self.scene.pair.access)
        finally:
            connection.close()

    def held_up(self, execute: Callable[..., Any], *given: Any) -> Any:
        found = execute(*given)
        self.has_read.set()
        assert self.go_on.wait(20)
        return found


OVERTAKING: dict[str, Callable[[Scene, RedisServer], object]] = {
    "ended": lambda scene, _: end_session(scene),
    "emptied, then ended": lambda scene, redis: (redis.ask().flushall(), end_session(scene)),
    "ended, then emptied": lambda scene, redis: (end_session(scene), redis.ask().flushall()),
    "ended, emptied, looked at": lambda scene, redis: (end_session(scene), redis.ask().flushall(), scene.look()),
    "started anew": lambda scene, redis: (redis.stop(save=True), end_session(scene), redis.start(), _a_second_later()),
}


class TestRaces:
    @pytest.mark.parametrize("how", OVERTAKING)
    def test_a_reader_who_was_overtaken_brings_no_session_back(
        self, scene: Scene, redis: RedisServer, how: str
    ) -> None:
        standing.changed(scene.alice.pk)
        reader = Reader(scene)
        with ThreadPoolExecutor(1) as pool:
            reading = pool.submit(reader)
            assert reader.has_read.wait(20)

            OVERTAKING[how](scene, redis)
            reader.go_on.set()

            assert reading.result(), "it had read before the end"
        assert scene.refused(scene.pair.access)

    def test_nor_does_one_who_looks_between_the_change_and_its_commit(self, scene: Scene) -> None:
        reader = Reader(scene)
        reader.go_on.set()
        with ThreadPoolExecutor(1) as pool:
            with transaction.atomic():
                end_session(scene)
                assert pool.submit(reader).result(), "nothing is committed yet"
            assert scene.refused(scene.pair.access)

    def test_nor_one_who_looks_while_another_change_is_still_under_way(self, scene: Scene) -> None:
        first, second = (stamps.begin([str(scene.alice.pk)], name) for name in ("first", "second"))
        assert first
        assert second
        stamps.end([str(scene.alice.pk)], "first")
        scene.look()

        Session.objects.update(revoked_at=scene.at)

        assert scene.refused(scene.pair.access), "the second has not ended"

    def test_a_change_whose_process_died_after_its_commit_is_seen(self, scene: Scene) -> None:
        stamps.begin([str(scene.alice.pk)], "died")
        Session.objects.update(revoked_at=scene.at)

        assert scene.refused(scene.pair.access)

    def test_and_does_not_keep_the_next_ones_from_being_remembered(
        self, scene: Scene, redis: RedisServer, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        stamps.begin([str(scene.alice.pk)], "died")
        # A minute later, for Redis.
        for key in redis.ask().scan_iter(f"*{scene.alice.pk}*"):
            redis.ask().delete(key)
        scene.look()

        with django_assert_num_queries(0):
            scene.look()


class TestFaults:
    def test_without_redis_the_database_answers(self, scene: Scene, redis: RedisServer) -> None:
        redis.stop()
        assert not scene.refused(scene.pair.access)

        end_session(scene)

        assert scene.refused(scene.pair.access)

    def test_what_ended_meanwhile_is_dead_when_an_old_redis_comes_back(self, scene: Scene, redis: RedisServer) -> None:
        redis.stop(save=True)
        end_session(scene)
        redis.start()
        _a_second_later()

        assert scene.refused(scene.pair.access)

    def test_also_for_a_node_that_noticed_nothing(self, scene: Scene, redis: RedisServer) -> None:
        redis.stop(save=True)
        Session.objects.update(revoked_at=scene.at)
        redis.start()
        stamps.forget_failures()

        assert redis.ask().keys("*"), "it came back with all that it knew"
        assert scene.refused(scene.pair.access)

    def test_a_redis_that_hangs_costs_one_short_wait(self, scene: Scene, redis: RedisServer) -> None:
        redis.send(signal.SIGSTOP)

        began = timezone.now()
        assert not scene.refused(scene.pair.access)
        assert timezone.now() - began < timedelta(seconds=1)
        end_session(scene)
        assert scene.refused(scene.pair.access)
        assert timezone.now() - began < timedelta(seconds=1.5)

    def test_and_what_ended_meanwhile_is_dead_when_it_goes_on(self, scene: Scene, redis: RedisServer) -> None:
        redis.send(signal.SIGSTOP)
        end_session(scene)
        redis.send(signal.SIGCONT)
        _a_second_later()

        assert scene.refused(scene.pair.access)

    def test_a_node_that_could_not_tell_makes_up_for_it_for_all_others(self, scene: Scene, redis: RedisServer) -> None:
        redis.send(signal.SIGSTOP)
        end_session(scene)
        redis.send(signal.SIGCONT)
        _a_second_later()
        scene.told(scene.machine_token)
        # Another node, which had no trouble.
        stamps.forget_failures()

        assert scene.refused(scene.pair.access)

    def test_if_it_cannot_a_worker_does(self, scene: Scene, redis: RedisServer) -> None:
        REST.until = float("inf")
        end_session(scene)
        stamps.forget_failures()
        _a_second_later()

        subscribers.tell_what_could_not_be_told(Event.objects.get(kind="tokens.standing.untold"))

        assert scene.refused(scene.pair.access)

    def test_what_was_read_before_a_failure_counts_no_more(self, scene: Scene) -> None:
        REST.until = float("inf")
        scene.look()
        _a_second_later()
        Session.objects.update(revoked_at=scene.at)

        assert scene.refused(scene.pair.access)

    def test_an_answer_is_remembered_for_seconds_also_where_redis_writes_it_late(
        self, scene: Scene, redis: RedisServer
    ) -> None:
        seen = stamps.look([str(scene.alice.pk), stamps.EVERYBODY], "late")
        assert seen
        stamps.keep(_aged(seen, by=stamps.ENTRY_SECONDS), {"x": 1})

        again = stamps.look([str(scene.alice.pk), stamps.EVERYBODY], "late")

        assert again
        assert again.entry is None

    def test_a_redis_that_does_not_say_which_run_it_is_is_not_believed(self, redis: RedisServer, alice: User) -> None:
        redis.ask().execute_command("ACL", "SETUSER", "default", "-info")
        try:
            connection_pool().disconnect()
            assert stamps.look([str(alice.pk)], "x") is None
        finally:
            redis.ask().execute_command("ACL", "SETUSER", "default", "+info")

    def test_what_another_release_has_written_is_not_read(self, scene: Scene, redis: RedisServer) -> None:
        for key in redis.ask().scan_iter("*"):
            text = redis.ask().get(key) if redis.ask().type(key) == b"string" else None
            if text and text.startswith(b"{"):
                redis.ask().set(key, text.replace(b'"until"', b'"til"'))

        assert not scene.refused(scene.pair.access)


def connection_pool() -> Any:
    return get_redis_connection("default").connection_pool


def _aged(seen: stamps.Look, *, by: float) -> stamps.Look:
    return replace(seen, at=seen.at - by)
