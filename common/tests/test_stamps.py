"""What is remembered under stamps: when it counts, and after what it no longer does."""

from collections.abc import Mapping
from typing import Any

import pytest

from common import stamps
from common.stamps import EVERYBODY, MOST_AT_ONCE, Look
from identity_server.resting import REST
from tokens.tests.conftest import redis, server  # noqa: F401  the Redis that they run
from tokens.tests.redis_server import PROGRAM, RedisServer
from tokens.tests.scenes import a_second_later

pytestmark = [
    pytest.mark.services,
    pytest.mark.usefixtures("redis"),
    pytest.mark.skipif(PROGRAM is None, reason="there is no redis-server here"),
]
HERS = ("alice", EVERYBODY)
MANY = [f"user-{n}" for n in range(MOST_AT_ONCE + 1)]


def role(entry: Mapping[str, Any]) -> str:
    return str(entry["role"])


def seen(names: tuple[str, ...] = HERS, entry: str = "of-alice") -> Look[str]:
    found = stamps.look(names, entry, role)
    assert found
    return found


def remembered(text: str = "clerk") -> Look[str]:
    """Kept, and it counts."""
    stamps.keep(seen(), {"role": text})
    found = seen()
    assert found.entry == text
    return found


class Reader:
    """Refuses what another release wrote, and counts how often it is asked."""

    def __init__(self, refusal: type[Exception] = KeyError) -> None:
        self.refusal, self.times = refusal, 0

    def __call__(self, entry: Mapping[str, Any]) -> str:
        self.times += 1
        if entry["role"] == "of another release":
            raise self.refusal
        return role(entry)


class TestKeeping:
    def test_who_looks_first_gets_stamps_and_nothing(self) -> None:
        first = seen()

        assert first.entry is None
        assert len(set(first.stamps)) == len(HERS)
        assert seen().stamps == first.stamps

    def test_what_was_kept_is_read_and_only_once_while_it_is_the_same(self) -> None:
        reader = Reader()
        for text in ("clerk", "chief"):
            stamps.keep(seen(), {"role": text})
            looks = [stamps.look(HERS, "of-alice", reader) for _ in range(5)]
            assert [each and each.entry for each in looks] == [text] * 5

        assert reader.times == 2

    def test_redis_forgets_it_soon(self, redis: RedisServer) -> None:  # noqa: F811  the fixture
        place = remembered().place

        assert 0 < int(str(redis.ask().ttl(place))) <= stamps.ENTRY_SECONDS

    def test_it_counts_by_its_own_time_where_redis_does_not_forget(self) -> None:
        first = seen()
        stamps.keep(first._replace(at=first.at - stamps.ENTRY_SECONDS), {"role": "clerk"})

        assert seen()[:3] == (None, first.stamps, first.place)

    def test_it_counts_at_no_other_place_and_under_no_other_stamps(self, redis: RedisServer) -> None:  # noqa: F811
        hers, his = remembered(), seen(("bob", EVERYBODY), "of-bob")
        redis.ask().copy(hers.place, his.place, replace=True)

        assert seen(("bob", EVERYBODY), "of-bob").entry is None
        assert seen(("bob", EVERYBODY), "of-alice").entry is None
        assert seen().entry == "clerk"

    @pytest.mark.parametrize("refusal", [KeyError, TypeError, ValueError])
    def test_what_cannot_be_read_is_nothing_and_the_next_kept_answer_is_read(self, refusal: type[Exception]) -> None:
        reader = Reader(refusal)
        stamps.keep(seen(), {"role": "of another release"})

        found = stamps.look(HERS, "of-alice", reader)

        assert found
        assert (found.entry, reader.times) == (None, 1)
        stamps.keep(found, {"role": "clerk"})
        then = stamps.look(HERS, "of-alice", reader)
        assert then
        assert (then.entry, reader.times) == ("clerk", 2)


class TestChanges:
    @pytest.mark.parametrize("name", HERS)
    def test_after_a_change_nothing_counts_and_the_next_answer_does(self, name: str) -> None:
        before = remembered()

        assert stamps.begin([name], "one")
        assert stamps.end([name], "one")

        after = seen()
        assert after.entry is None
        assert after.stamps != before.stamps
        assert remembered("chief").stamps == after.stamps

    def test_a_reader_who_was_overtaken_writes_where_nobody_reads(self) -> None:
        early = seen()
        for change in ("one", "two"):
            stamps.begin(["alice"], change)
            stamps.end(["alice"], change)
            stamps.keep(early, {"role": "clerk"})
            late, early = early, seen()
            assert early.entry is None
            assert early.stamps[0] != late.stamps[0]

    @pytest.mark.parametrize("name", HERS)
    def test_while_one_is_under_way_nothing_counts_and_nothing_is_kept(
        self,
        redis: RedisServer,  # noqa: F811  the fixture
        name: str,
    ) -> None:
        remembered()
        stamps.begin([name], "one")
        during = seen()
        assert (during.entry, during.stamps) == (None, ())
        redis.ask().delete(during.place)

        stamps.keep(during, {"role": "clerk"})

        assert not redis.ask().exists(during.place)

    @pytest.mark.parametrize("order", [("one", "two"), ("two", "one")])
    def test_of_two_at_once_the_last_to_end_opens_it(self, order: tuple[str, str]) -> None:
        stamps.begin(["alice"], "one")
        stamps.begin(["alice"], "two")

        stamps.end(["alice"], order[0])
        assert seen().stamps == ()
        stamps.end(["alice"], order[1])

        assert len(seen().stamps) == len(HERS)

    def test_who_is_not_named_is_not_forgotten(self) -> None:
        remembered()

        stamps.begin(["bob"], "one")

        assert seen().entry == "clerk"


class TestMany:
    def test_the_last_of_more_than_fit_at_once_is_kept_found_changed_and_opened(self) -> None:
        wanted = [([name], f"of-{name}") for name in MANY]
        looks = stamps.look_at(wanted, role)
        assert looks
        stamps.keep_all([(each, {"role": name}) for each, name in zip(looks, MANY, strict=True)])
        found = stamps.look_at(wanted, role)
        assert [each.entry for each in found or ()] == MANY

        stamps.begin(MANY, "one")
        assert {each.stamps for each in stamps.look_at(wanted, role) or ()} == {()}
        stamps.end(MANY, "one")

        opened = stamps.look_at(wanted, role)
        assert {(each.entry, len(each.stamps)) for each in opened or ()} == {(None, 1)}

    def test_a_batch_and_a_single_look_see_the_same(self) -> None:
        remembered()
        stamps.begin(["carol"], "one")
        wanted = [((name, EVERYBODY), f"of-{name}") for name in ("alice", "bob", "carol", "alice")]

        found = stamps.look_at(wanted, role)

        assert [each[:3] for each in found or ()] == [seen(*each)[:3] for each in wanted]
        assert [each.entry for each in found or ()] == ["clerk", None, None, "clerk"]


class TestFailures:
    def test_while_redis_rests_there_is_no_look_and_afterwards_nothing_from_before_counts(self) -> None:
        before = remembered()
        REST.until = float("inf")
        stamps.keep(before, {"role": "chief"})
        assert stamps.look(HERS, "of-alice", role) is None
        assert stamps.look_at([(HERS, "of-alice")], role) is None
        assert not stamps.begin(["alice"], "one")
        a_second_later()

        assert seen().entry is None
        assert remembered("chief").stamps == before.stamps

    def test_an_end_that_could_not_be_told_is_made_up_for_at_the_next_contact(self) -> None:
        before = remembered()
        REST.until = float("inf")
        assert not stamps.end(["carol"], "one")
        a_second_later()

        after = seen()

        stamps.forget_failures()
        assert after.stamps[0] == before.stamps[0]
        assert after.stamps[1] != before.stamps[1]
        assert seen().entry is None
