"""No reader who was overtaken by a change brings back what it ended (security X17)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event as Flag
from typing import Any

import pytest
from django.db import connection, transaction
from pytest_django import DjangoAssertNumQueries

from common import stamps
from tokens import standing
from tokens.models import Session
from tokens.tests.redis_server import RedisServer
from tokens.tests.scenes import ON_SERVICES, Scene, a_second_later, end_session

pytestmark = ON_SERVICES


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


def _empty(_: Scene, redis: RedisServer) -> None:
    redis.ask().flushall()


def _end(scene: Scene, _: RedisServer) -> None:
    end_session(scene)


def _look(scene: Scene, _: RedisServer) -> None:
    scene.look()


def _stop(_: Scene, redis: RedisServer) -> None:
    redis.stop(save=True)


def _start(_: Scene, redis: RedisServer) -> None:
    redis.start()
    a_second_later()


OVERTAKING = {
    "ended": (_end,),
    "emptied, then ended": (_empty, _end),
    "ended, then emptied": (_end, _empty),
    "ended, emptied, looked at": (_end, _empty, _look),
    "brought back from a copy": (_stop, _end, _start),
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

            for step in OVERTAKING[how]:
                step(scene, redis)
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
