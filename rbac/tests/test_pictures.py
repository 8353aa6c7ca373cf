"""Pictures of the hierarchy: every role once, seniors left of their juniors, no two on one spot."""

from itertools import pairwise
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from rbac.pictures import BOX_HEIGHT, BOX_WIDTH, drawn


def role(number: int) -> UUID:
    return UUID(int=number)


def named(*numbers: int) -> dict[UUID, str]:
    return {role(number): f"role-{number:03}" for number in numbers}


links = st.lists(st.tuples(st.integers(0, 49), st.integers(0, 49)), max_size=120)


@given(pairs=links)
def test_each_role_has_a_spot_of_its_own_left_of_what_it_inherits(pairs: list[tuple[int, int]]) -> None:
    downwards = [(role(min(pair)), role(max(pair))) for pair in pairs if pair[0] != pair[1]]

    picture = drawn(named(*range(50)), downwards)

    assert len({(box.x, box.y) for box in picture.boxes}) == 50
    assert all(line.senior.x + BOX_WIDTH < line.junior.x for line in picture.lines)
    assert len(picture.lines) == len(set(downwards))
    assert all(box.x + BOX_WIDTH < picture.width and box.y + BOX_HEIGHT < picture.height for box in picture.boxes)


@given(pairs=links)
def test_no_line_runs_behind_a_box(pairs: list[tuple[int, int]]) -> None:
    downwards = [(role(min(pair)), role(max(pair))) for pair in pairs if pair[0] != pair[1]]

    picture = drawn(named(*range(50)), downwards)

    boxes = {(box.x, box.middle) for box in picture.boxes}
    gaps = [gap for line in picture.lines for gap in line.gaps]
    assert len(set(gaps)) == len(gaps)
    assert boxes.isdisjoint(gaps)


def test_a_line_over_two_columns_passes_the_one_between_level() -> None:
    picture = drawn(named(1, 2, 3), [(role(1), role(2)), (role(2), role(3)), (role(1), role(3))])

    long = next(line for line in picture.lines if line.gaps)
    ((x, height),) = long.gaps
    assert f"{x} {height}H{x + BOX_WIDTH}C" in long.path


@given(pairs=links)
def test_whatever_the_links_are_it_comes_to_an_end(pairs: list[tuple[int, int]]) -> None:
    picture = drawn(named(*range(20)), [(role(one), role(other)) for one, other in pairs])

    assert len(picture.boxes) == 20


def test_a_chain_lies_in_one_row() -> None:
    picture = drawn(named(1, 2, 3), [(role(1), role(2)), (role(2), role(3))])

    assert len({box.y for box in picture.boxes}) == 1
    assert all(left.x < right.x for left, right in pairwise(picture.boxes))


def test_those_that_belong_together_come_to_one_height() -> None:
    crossed = [(role(1), role(4)), (role(2), role(3))]

    lines = drawn(named(1, 2, 3, 4), crossed).lines

    assert all(line.senior.y == line.junior.y for line in lines)


def test_links_to_what_is_not_shown_are_left_out() -> None:
    assert drawn(named(1), [(role(1), role(2))]).lines == []


def test_nothing_makes_a_picture_of_nothing() -> None:
    picture = drawn({}, [])

    assert (picture.boxes, picture.lines) == ([], [])
    assert picture.height > 0


def test_a_long_name_is_cut_and_still_told_whole() -> None:
    (box,) = drawn({role(1): "a" * 80}, [], subject=role(1)).boxes

    assert box.label.endswith("…")
    assert len(box.name) == 80
    assert box.is_subject
