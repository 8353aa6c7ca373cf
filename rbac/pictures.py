"""Where the roles of a hierarchy lie in a picture of it: seniors to the left of what they inherit from. Pure.

Boxes stand in columns and lines run from left to right, so that fifty roles make a picture that is read by scrolling down,
also on a small screen.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple
from uuid import UUID

BOX_WIDTH, BOX_HEIGHT = 190, 28
COLUMN_GAP, ROW_GAP, MARGIN = 70, 12, 8
LONGEST_NAME = 24
# Each goes over all columns once; more of them hardly straighten a line.
SWEEPS = 4

# A role, or the gap that a link from one to another needs in a column.
Node = UUID | tuple[UUID, UUID, int]
Way = list[Node]


@dataclass(frozen=True, slots=True)
class Box:
    """A role. `label` is as much of its name as fits; `is_subject` marks the one that the picture is about."""

    role: UUID
    name: str
    x: int
    y: int
    is_subject: bool = False

    @property
    def label(self) -> str:
        return self.name if len(self.name) <= LONGEST_NAME else f"{self.name[: LONGEST_NAME - 1]}…"

    @property
    def middle(self) -> int:
        return self.y + BOX_HEIGHT // 2


@dataclass(frozen=True, slots=True)
class Line:
    """From a senior role to one that it inherits from directly.

    `gaps` are where it passes the columns between: the left ends and heights of gaps that were left for it.
    """

    senior: Box
    junior: Box
    gaps: tuple[tuple[int, int], ...] = ()

    @property
    def path(self) -> str:
        """As SVG draws it: curves that leave and arrive level."""
        x, y = self.senior.x + BOX_WIDTH, self.senior.middle
        drawn = f"M{x} {y}"
        for left, height in self.gaps:
            drawn += f"{_curve(x, y, left, height)}H{left + BOX_WIDTH}"
            x, y = left + BOX_WIDTH, height
        return drawn + _curve(x, y, self.junior.x, self.junior.middle)


class Picture(NamedTuple):
    width: int
    height: int
    boxes: list[Box]
    lines: list[Line]
    box_width: int = BOX_WIDTH
    box_height: int = BOX_HEIGHT


def drawn(names: Mapping[UUID, str], links: Iterable[tuple[UUID, UUID]], *, subject: UUID | None = None) -> Picture:
    """Of these roles and of the links (senior, junior) between them. Links to roles that are not here are left out."""
    known = sorted(
        {link for link in links if names.keys() >= set(link)}, key=lambda link: (names[link[0]], names[link[1]])
    )
    columns: list[list[Node]] = [list(column) for column in _columns(names, known)]
    ways = _ways(columns, known)
    _straighten(columns, [step for way in ways for step in pairwise(way)])
    spots = {
        node: (_along(column, BOX_WIDTH + COLUMN_GAP), _along(row, BOX_HEIGHT + ROW_GAP))
        for column, nodes in enumerate(columns)
        for row, node in enumerate(nodes)
    }
    boxes: dict[Node, Box] = {
        role: Box(role, names[role], *spots[role], role == subject) for role in spots if isinstance(role, UUID)
    }
    width = _along(len(columns), BOX_WIDTH + COLUMN_GAP) - COLUMN_GAP + MARGIN
    height = _along(max(map(len, columns), default=0), BOX_HEIGHT + ROW_GAP) - ROW_GAP + MARGIN
    return Picture(width, height, list(boxes.values()), [_line(way, boxes, spots) for way in ways])


def _line(way: Way, boxes: Mapping[Node, Box], spots: Mapping[Node, tuple[int, int]]) -> Line:
    gaps = ((x, y + BOX_HEIGHT // 2) for x, y in (spots[gap] for gap in way[1:-1]))
    return Line(boxes[way[0]], boxes[way[-1]], tuple(gaps))


def _curve(x: int, y: int, end: int, height: int) -> str:
    half = (x + end) // 2
    return f"C{half} {y} {half} {height} {end} {height}"


def _along(place: int, step: int) -> int:
    return MARGIN + place * step


def _columns(names: Mapping[UUID, str], links: list[tuple[UUID, UUID]]) -> list[list[UUID]]:
    """Each role one column behind the last of its seniors; in each column by name."""
    depths = dict.fromkeys(names, 0)
    # As often as the longest way has steps. In a ring, which only a hand could have made, it ends all the same.
    for _ in names:
        deeper = {junior: depths[senior] + 1 for senior, junior in _by_depth(links, depths)}
        if not deeper or max(deeper.values()) >= len(names):
            break
        depths.update(deeper)
    columns: dict[int, list[UUID]] = defaultdict(list)
    for role in sorted(names, key=names.__getitem__):
        columns[depths[role]].append(role)
    return [columns[depth] for depth in sorted(columns)]


def _by_depth(links: list[tuple[UUID, UUID]], depths: Mapping[UUID, int]) -> list[tuple[UUID, UUID]]:
    """Those whose junior does not lie deep enough yet, the deepest senior last."""
    return sorted((link for link in links if depths[link[0]] >= depths[link[1]]), key=lambda link: depths[link[0]])


def _ways(columns: list[list[Node]], links: Iterable[tuple[UUID, UUID]]) -> list[Way]:
    """Each link with a gap in every column that it passes, which is added there: else it would run behind a box."""
    places = {node: place for place, column in enumerate(columns) for node in column}
    ways = []
    for senior, junior in links:
        gaps: list[Node] = [(senior, junior, place) for place in range(places[senior] + 1, places[junior])]
        for gap, column in zip(gaps, columns[places[senior] + 1 :], strict=False):
            column.append(gap)
        ways.append([senior, *gaps, junior])
    return ways


def _straighten(columns: list[list[Node]], links: Iterable[tuple[Node, Node]]) -> None:
    """Move those that belong together to one height: each to the mean of its neighbours, to and fro."""
    near: dict[Node, list[Node]] = defaultdict(list)
    for senior, junior in links:
        near[senior].append(junior)
        near[junior].append(senior)
    for sweep in range(SWEEPS):
        for column in columns if sweep % 2 == 0 else reversed(columns):
            heights = {node: float(row) for nodes in columns for row, node in enumerate(nodes)}
            column.sort(key=lambda node: _mean([heights[one] for one in near[node]], heights[node]))


def _mean(heights: list[float], otherwise: float) -> float:
    return sum(heights) / len(heights) if heights else otherwise
