"""Lines to Redis: which one is used again, which one goes by the pool, and which one is lost."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.conf import LazySettings
from django_redis import get_redis_connection
from redis.exceptions import ConnectionError as Refused
from redis.exceptions import ResponseError

from common.lines import FRESH_SECONDS, Line, lent
from tokens.tests.conftest import redis, server  # noqa: F401  the Redis that they run
from tokens.tests.redis_server import PROGRAM, RedisServer
from tokens.tests.scenes import a_second_later

pytestmark = [
    pytest.mark.services,
    pytest.mark.usefixtures("redis"),
    pytest.mark.skipif(PROGRAM is None, reason="there is no redis-server here"),
]
AT_ONCE = 4


class BrokenOff(BaseException):
    """As Ctrl-C or a worker's deadline: no Exception."""


def itself(line: Line) -> Line:
    return line


def number(line: Line) -> int:
    """How Redis tells this connection from all others."""
    return int(line.ask("CLIENT", "ID"))


def held_until(line: Line, barrier: Barrier) -> Line:
    """All have theirs."""
    barrier.wait(20)
    return line


def at_once() -> list[Line]:
    """What as many threads get that borrow at the same time."""
    barrier = Barrier(AT_ONCE)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        borrowed = [pool.submit(lent, held_until, barrier) for _ in range(AT_ONCE)]
        return [each.result() for each in borrowed]


def in_use() -> int:
    """How many connections the pool misses."""
    pool: Any = get_redis_connection("default").connection_pool
    _, (used, _) = pool.get_connection_count()
    return int(used)


def grow_old(line: Line) -> None:
    line.answered_at -= FRESH_SECONDS


def hang_up(server: RedisServer, connection: int) -> None:  # noqa: F811  no fixture
    assert server.ask().client_kill_filter(_id=str(connection)) == 1


class TestAgain:
    def test_one_that_answered_a_moment_ago_is_used_again(self) -> None:
        first, hers = lent(itself), lent(number)

        assert all(lent(itself) is first for _ in range(5))
        assert lent(number) == hers
        assert in_use() == 1

    def test_an_older_one_goes_by_the_pool(self) -> None:
        first, hers = lent(itself), lent(number)
        grow_old(first)

        assert lent(itself) is not first
        assert lent(number) == hers
        assert in_use() == 1

    def test_an_older_one_that_was_hung_up_on_meanwhile_is_noticed_there(self, redis: RedisServer) -> None:  # noqa: F811
        first, hers = lent(itself), lent(number)
        hang_up(redis, hers)
        grow_old(first)

        assert lent(number) != hers

    def test_a_fresh_one_that_was_hung_up_on_is_lost_with_the_question(self, redis: RedisServer) -> None:  # noqa: F811
        hers = lent(number)
        hang_up(redis, hers)

        with pytest.raises((Refused, OSError)):
            lent(number)
        a_second_later()

        assert lent(number) != hers
        assert in_use() == 1

    def test_under_other_settings_none_is_used_again(self, settings: LazySettings, redis: RedisServer) -> None:  # noqa: F811
        first = lent(itself)
        settings.CACHES = {"default": redis.as_cache() | {"KEY_PREFIX": "other"}}

        then = lent(itself)

        assert then is not first
        assert (first.prefix, then.prefix) == ("identity", "other")
        assert in_use() == 1, "the former one was given back"


class TestAnswers:
    def test_each_question_gets_its_own_answer_in_order(self) -> None:
        commands = [("SET", "a", 1), ("INCR", "a"), ("GET", "a"), ("GET", "none")]

        assert lent(Line.ask_all, commands) == [b"OK", 2, b"2", None]
        assert lent(Line.ask, "GET", "a") == b"2"
        assert lent(lambda line, key: line.ask_packed(line.packed("GET", key)), key="a") == b"2"

    def test_it_names_the_run_that_it_speaks_with(self, redis: RedisServer) -> None:  # noqa: F811
        told: Any = redis.ask().info("server")

        assert lent(itself).incarnation == told["run_id"]


def after_the_answer_came(line: Line) -> None:
    line.connection.send_packed_command(line.packed("ECHO", "of another"))
    assert line.connection.can_read(20)
    raise BrokenOff


def before_the_answer_came(line: Line) -> None:
    line.connection.send_packed_command(line.packed("BLPOP", "nobody-pushes", 0))
    raise BrokenOff


@pytest.mark.parametrize("use", [after_the_answer_came, before_the_answer_came])
class TestBrokenOff:
    def test_the_next_one_gets_the_right_answer(self, use: Callable[[Line], None]) -> None:
        hers = lent(number)

        with pytest.raises(BrokenOff):
            lent(use)

        assert lent(Line.ask, "ECHO", "mine") == b"mine"
        assert lent(number) != hers

    def test_nothing_leaks_from_the_pool(self, use: Callable[[Line], None]) -> None:
        lent(itself)

        for _ in range(10):
            with pytest.raises(BrokenOff):
                lent(use)
            assert in_use() == 0


def test_after_a_refusal_among_many_the_next_one_gets_the_right_answer() -> None:
    with pytest.raises(ResponseError):
        lent(Line.ask_all, [("SET", "text", "a"), ("INCR", "text"), ("ECHO", "of another")])

    assert lent(Line.ask, "ECHO", "mine") == b"mine"
    assert in_use() == 1


class TestThreads:
    def test_those_that_borrow_at_once_get_different_lines(self) -> None:
        lines = at_once()

        assert len({number(line) for line in lines}) == AT_ONCE
        assert in_use() == AT_ONCE

    def test_their_lines_are_used_again_and_no_others_are_opened(self) -> None:
        first = set(at_once())

        assert set(at_once()) == first
        assert lent(itself) in first
        assert in_use() == AT_ONCE

    def test_once_they_are_old_all_go_back_to_the_pool(self) -> None:
        lines = at_once()
        for line in lines:
            grow_old(line)

        assert lent(itself) not in lines
        assert in_use() == 1
