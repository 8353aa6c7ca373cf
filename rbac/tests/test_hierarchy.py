"""What is reached over links, by which way, and how deep it goes."""

from uuid import UUID, uuid5

import pytest

from rbac.hierarchy import Links, depth, reached, way

NAMES = "abcdef"
ID = {name: uuid5(UUID(int=0), name) for name in NAMES}


def links(text: str) -> Links:
    """`ab ac` for a above b and c."""
    found: dict[UUID, list[UUID]] = {}
    for pair in text.split():
        found.setdefault(ID[pair[0]], []).append(ID[pair[1]])
    return found


def named(ids: object) -> str:
    return "".join(name for name in NAMES if ID[name] in ids)  # type: ignore[operator]  # some collection


@pytest.mark.parametrize(
    ("below", "start", "found"),
    [
        ("", "a", "a"),
        ("ab bc", "a", "abc"),
        ("ab bc", "b", "bc"),
        ("ab ac bd cd", "a", "abcd"),
        ("ab cd", "ac", "abcd"),
        ("ab ba", "a", "ab"),
        ("ab bc ca", "b", "abc"),
    ],
)
def test_all_is_reached_that_links_lead_to(below: str, start: str, found: str) -> None:
    assert named(reached(links(below), [ID[name] for name in start])) == found


@pytest.mark.parametrize(
    ("below", "start", "end", "found"),
    [
        ("ab bc", "a", "c", "abc"),
        ("ab bc ac", "a", "c", "ac"),
        ("ab bc", "c", "a", ""),
        ("ab", "a", "a", "a"),
        ("ab ba", "a", "c", ""),
        ("ab ac bd cd de", "a", "e", "abde"),
    ],
)
def test_the_shortest_way_is_told_from_end_to_end(below: str, start: str, end: str, found: str) -> None:
    assert way(links(below), ID[start], ID[end]) == tuple(ID[name] for name in found)


@pytest.mark.parametrize(
    ("below", "start", "found"),
    [("", "a", 0), ("ab", "a", 1), ("ab bc", "b", 1), ("ab bc ac", "a", 2), ("ab cd de", "ac", 2)],
)
def test_the_longest_way_counts(below: str, start: str, found: int) -> None:
    assert depth(links(below), [ID[name] for name in start]) == found


def test_a_ring_that_somebody_wrote_by_hand_does_not_hang_us() -> None:
    assert depth(links("ab bc ca"), [ID["a"]]) > 3
