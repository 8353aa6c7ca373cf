"""How far a reader of the feed has come: told by numbers and times alone, and by rows that come into sight late."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tokens import feed
from tokens.errors import UnknownPlace
from tokens.feed import SETTLING, Place
from tokens.models import Revocation
from tokens.services import retention

SETTLED = SETTLING.total_seconds()
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("place", "now", "begun"),
    [
        (Place(), 1000, Place(settled=0, seen=9, seen_at=1000, told=0, ceiling=9)),
        (
            Place(settled=2, seen=5, seen_at=1000),
            1000 + SETTLED - 1,
            Place(settled=2, seen=5, seen_at=1000, told=2, ceiling=9),
        ),
        (
            Place(settled=2, seen=5, seen_at=1000),
            1000 + SETTLED,
            Place(settled=5, seen=9, seen_at=1000 + SETTLED, told=2, ceiling=9),
        ),
        (
            Place(settled=5, seen=7, seen_at=1000, told=6, ceiling=7),
            9000,
            Place(settled=5, seen=7, seen_at=1000, told=6, ceiling=7),
        ),
    ],
    ids=["the first sweep", "too soon to settle", "what was seen has settled", "within a sweep"],
)
def test_a_sweep_tells_what_has_not_settled_and_settles_what_it_saw_long_ago(
    place: Place, now: float, begun: Place
) -> None:
    assert place.begun(newest=9, now=now) == begun


def test_a_sweep_ends_where_the_next_begins() -> None:
    within = Place(settled=5, seen=9, seen_at=1000, told=9, ceiling=9)

    assert within.ended() == Place(settled=5, seen=9, seen_at=1000)


def line(number: int, *, at: datetime) -> Revocation:
    return Revocation.objects.create(
        id=number, kind="session", named=str(number), revoked_at=at, expires_at=at + timedelta(minutes=7)
    )


def told(place: Place, *, size: int = 100, at: datetime) -> tuple[list[int], Place]:
    """One whole sweep, page by page."""
    numbers: list[int] = []
    is_last = False
    while not is_last:
        rows, place, is_last = feed.read(place, size=size, at=at)
        numbers += [row.pk for row in rows]
    return numbers, place


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_a_row_that_comes_into_sight_behind_a_younger_one_is_told_all_the_same(
    db: None, noon: datetime, size: int
) -> None:
    line(1, at=noon)
    line(3, at=noon)
    first, place = told(Place(), size=size, at=noon)

    line(2, at=noon)
    second, place = told(place, size=size, at=noon + SETTLING - timedelta(seconds=1))

    assert first == [1, 3]
    assert 2 in second


def test_what_has_settled_is_told_no_more(db: None, noon: datetime) -> None:
    line(1, at=noon)
    _, place = told(Place(), at=noon)
    _, place = told(place, at=noon + SETTLING)
    line(2, at=noon)

    assert told(place, at=noon + SETTLING)[0] == [2]


def test_a_row_that_comes_into_sight_within_a_sweep_is_told_by_the_next(db: None, noon: datetime) -> None:
    line(2, at=noon)
    line(3, at=noon)
    _, within, _ = feed.read(Place(), size=1, at=noon)

    line(1, at=noon)
    line(4, at=noon)
    rest, place = told(within, at=noon)

    assert rest == [3]
    assert told(place, at=noon)[0] == [1, 2, 3, 4]


def test_what_matters_no_more_is_not_told(db: None, noon: datetime) -> None:
    line(1, at=noon - DAY)
    line(2, at=noon)

    assert told(Place(), at=noon)[0] == [2]


@pytest.mark.parametrize("place", [Place(seen=2), Place(told=0, ceiling=2)])
def test_a_place_that_the_feed_has_not_reached_is_refused(db: None, noon: datetime, place: Place) -> None:
    line(1, at=noon)

    with pytest.raises(UnknownPlace):
        feed.read(place, size=1, at=noon)


def test_purging_never_takes_the_numbers_back(db: None, noon: datetime) -> None:
    line(1, at=noon - DAY)
    line(2, at=noon - DAY)
    line(3, at=noon - DAY)
    _, place = told(Place(), at=noon)

    assert retention.purge_revocations(at=noon, batch=1) == 2

    assert told(place, at=noon)[0] == []
    assert place == replace(place, seen=3)


def test_what_still_matters_is_not_purged(db: None, noon: datetime) -> None:
    line(1, at=noon)
    line(2, at=noon - DAY)
    line(3, at=noon)

    assert retention.purge_revocations(at=noon) == 1
    assert told(Place(), at=noon)[0] == [1, 3]
