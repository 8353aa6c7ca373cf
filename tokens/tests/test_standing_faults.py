"""With a Redis that is stopped, emptied, frozen or brought back from a copy, nothing dead is taken for alive."""

import signal
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from django_redis import get_redis_connection

from accounts.models import User
from common import stamps
from common.actors import SYSTEM
from events.bus import consumers
from events.models import Event
from identity_server.resting import REST
from tokens import selectors, standing
from tokens.models import Session
from tokens.services import issuing, sessions
from tokens.standing import Standing
from tokens.tests.redis_server import RedisServer
from tokens.tests.scenes import ON_SERVICES, Scene, a_second_later, end_session

pytestmark = ON_SERVICES


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
        a_second_later()

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
        a_second_later()

        assert scene.refused(scene.pair.access)

    def test_a_node_that_could_not_tell_makes_up_for_it_for_all_others(self, scene: Scene, redis: RedisServer) -> None:
        REST.until = float("inf")
        end_session(scene)
        a_second_later()
        scene.told(scene.machine_token)
        # Another node, which had no trouble.
        stamps.forget_failures()

        assert scene.refused(scene.pair.access)

    def test_if_it_cannot_a_worker_does(self, scene: Scene) -> None:
        REST.until = float("inf")
        end_session(scene)
        stamps.forget_failures()
        a_second_later()

        consumers["tokens.forget_standing"].handle(Event.objects.get(kind="tokens.standing.untold"))

        assert scene.refused(scene.pair.access)

    def test_what_was_read_before_a_failure_counts_no_more(self, scene: Scene) -> None:
        REST.until = float("inf")
        scene.look()
        a_second_later()
        Session.objects.update(revoked_at=scene.at)

        assert scene.refused(scene.pair.access)

    def test_an_answer_is_remembered_for_seconds_also_where_redis_writes_it_late(
        self, scene: Scene, redis: RedisServer
    ) -> None:
        seen = stamps.look([str(scene.alice.pk), stamps.EVERYBODY], "late", dict)
        assert seen
        stamps.keep(_aged(seen, by=stamps.ENTRY_SECONDS), {"x": 1})

        again = stamps.look([str(scene.alice.pk), stamps.EVERYBODY], "late", dict)

        assert again
        assert again.entry is None

    def test_a_redis_that_does_not_say_which_run_it_is_is_not_believed(self, redis: RedisServer, alice: User) -> None:
        _allow_info(redis, "-")
        try:
            connection_pool().disconnect()
            assert stamps.look([str(alice.pk)], "x", dict) is None
        finally:
            _allow_info(redis, "+")
            connection_pool().disconnect()

    def test_what_another_release_has_written_is_not_read(self, scene: Scene) -> None:
        seen = stamps.look([str(scene.alice.pk), stamps.EVERYBODY], "of another release", dict)
        assert seen
        stamps.keep(seen, {"til": None})

        found = standing.find(scene.alice.pk, "of another release", at=scene.at, read=lambda: Standing(until=None))

        assert found == Standing(until=None)

    @pytest.mark.parametrize("forge", [lambda text: text.replace(b"invoice:view", b"*:*"), lambda _: b"{}"])
    def test_nor_what_somebody_has_forged(
        self, scene: Scene, redis: RedisServer, forge: Callable[[bytes], bytes]
    ) -> None:
        (place,) = redis.ask().scan_iter(f"*:{scene.billing.pk}:*:*")
        text = redis.ask().get(place)
        assert isinstance(text, bytes)
        redis.ask().set(place, forge(text))

        assert not selectors.bearer_of(scene.machine_token, at=scene.at).principal.has_perm("user:view")

    def test_nor_what_was_written_of_another_session(self, scene: Scene, redis: RedisServer) -> None:
        (dead,) = redis.ask().scan_iter(f"*:{scene.session.pk}:*")
        end_session(scene)
        living = issuing.issue(sessions.start(scene.alice, amr=["pwd"], actor=SYSTEM, at=scene.at), at=scene.at)
        selectors.check(living.access, at=scene.at)

        redis.ask().copy(dead.replace(*_ids(scene, living)), dead, replace=True)

        assert scene.refused(scene.pair.access)


def _ids(scene: Scene, living: issuing.Issued) -> tuple[bytes, bytes]:
    return str(scene.session.pk).encode(), str(living.session.pk).encode()


def _allow_info(redis: RedisServer, sign: str) -> None:
    ask: Any = redis.ask()
    ask.execute_command("ACL", "SETUSER", "default", f"{sign}info")


def connection_pool() -> Any:
    return get_redis_connection("default").connection_pool


def _aged(seen: stamps.Look[Any], *, by: float) -> stamps.Look[Any]:
    return seen._replace(at=seen.at - by)
