from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.cache import cache
from django.core.cache.backends.base import BaseCache
from django_redis import get_redis_connection
from time_machine import TimeMachineFixture

from common.throttle import Limit, spend, spend_each

LIMIT = Limit("test", 5, 60)


class Broken(BaseCache):
    """A cache server that is gone."""

    def __init__(self, *_: Any) -> None:
        super().__init__({})

    def add(self, *_: Any, **__: Any) -> bool:
        raise ConnectionError


class Forgetful(Broken):
    """Has no room for what it is given."""

    def add(self, *_: Any, **__: Any) -> bool:
        return False

    def incr(self, *_: Any, **__: Any) -> int:
        raise ValueError


@pytest.fixture(autouse=True)
def _unspent(time_machine: TimeMachineFixture) -> None:
    time_machine.move_to(1_800_000_000, tick=False)
    cache.clear()


def test_a_budget_shrinks_until_nothing_is_left() -> None:
    spent = [spend(LIMIT, "alice") for _ in range(6)]

    assert [budget.remaining for budget in spent] == [4, 3, 2, 1, 0, 0]
    assert [budget.allowed for budget in spent] == [True] * 5 + [False]


def test_a_window_starts_by_the_clock_and_ends_with_it(time_machine: TimeMachineFixture) -> None:
    time_machine.move_to(1_800_000_059, tick=False)
    last = spend(LIMIT, "alice")
    time_machine.shift(1)

    assert (last.reset_seconds, spend(LIMIT, "alice").remaining, spend(LIMIT, "alice").reset_seconds) == (1, 4, 60)


def test_keys_and_limits_are_counted_apart() -> None:
    spend(LIMIT, "alice")

    assert spend(LIMIT, "bob").remaining == 4
    assert spend(Limit("other", 5, 60), "alice").remaining == 4


def test_several_budgets_are_spent_at_once_each_for_itself() -> None:
    narrow = Limit("narrow", 2, 3600)

    spent = [spend_each([LIMIT, narrow], "alice") for _ in range(3)]

    assert [[budget.remaining for budget in both] for both in spent] == [[4, 1], [3, 0], [2, 0]]
    assert [budget.allowed for budget in spent[-1]] == [True, False]
    assert [budget.reset_seconds for budget in spent[-1]] == [60, 3600]


@pytest.mark.services
def test_a_shared_cache_is_asked_once_and_forgets_in_time(settings: Any) -> None:
    if not settings.CACHE_SHARED:
        pytest.skip("nothing is asked here")
    redis = get_redis_connection("default")
    before = redis.info("commandstats").get("cmdstat_eval", {"calls": 0})["calls"]

    spend_each([LIMIT, Limit("narrow", 2, 3600)], "alice")

    assert redis.info("commandstats")["cmdstat_eval"]["calls"] == before + 1
    assert sorted(redis.ttl(key) for key in redis.scan_iter("*throttle:*")) == [61, 3601]


@pytest.mark.parametrize("key", ["", "x" * 10_000, "a b\n", "\ud800", "ü"])
def test_any_text_is_a_key(key: str) -> None:
    assert spend(LIMIT, key).remaining == 4


def test_of_many_at_once_each_counts() -> None:
    with ThreadPoolExecutor(8) as pool:
        spent = list(pool.map(lambda _: spend(Limit("crowd", 100, 60), "all"), range(200)))

    assert sum(budget.allowed for budget in spent) == 100


@pytest.mark.parametrize("backend", ["Broken", "Forgetful"])
def test_a_cache_that_is_gone_keeps_nobody_out(settings: Any, backend: str) -> None:
    settings.CACHES = {"default": {"BACKEND": f"common.tests.test_throttle.{backend}"}}

    assert all(spend(LIMIT, "alice").allowed for _ in range(10))


@pytest.mark.parametrize(
    ("rate", "count", "seconds"), [("600/min", 600, 60), ("1/s", 1, 1), ("5/hour", 5, 3600), ("9/day", 9, 86400)]
)
def test_a_rate_is_read_from_words(rate: str, count: int, seconds: int) -> None:
    assert Limit.parse("api", rate) == Limit("api", count, seconds)


@pytest.mark.parametrize("rate", ["", "600", "600/", "/min", "600/fortnight", "-1/min", "1.5/s", "600/min "])
def test_other_words_are_no_rate(rate: str) -> None:
    with pytest.raises(ValueError, match="is not a rate"):
        Limit.parse("api", rate)
