"""What leads back to itself. Nothing here calls itself: a chain may be as long as there are nodes. Pure."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import TypeVar

Node = TypeVar("Node", bound=Hashable)
Below = Mapping[Node, Sequence[Node]]


def circles(below: Below[Node]) -> list[list[Node]]:
    """All nodes, each before all that is below it; those that lead to each other stand in one circle (Kosaraju's way)."""
    above: dict[Node, list[Node]] = defaultdict(list)
    for upper, lowers in below.items():
        for lower in lowers:
            above[lower].append(upper)
    seen: set[Node] = set()
    found = (_finished(above, node, seen) for node in reversed(_all_finished(below)) if node not in seen)
    return list(found)


def ring_among(nodes: Iterable[Node], below: Below[Node]) -> list[Node]:
    """A ring of these, each above the next and the last above the first; empty where there is none."""
    inside = set(nodes)
    try:
        TopologicalSorter({node: [lower for lower in below[node] if lower in inside] for node in inside}).prepare()
    except CycleError as error:
        ring: list[Node] = error.args[1]
        return ring[:0:-1]
    return []


def _all_finished(below: Below[Node]) -> list[Node]:
    seen: set[Node] = set()
    return [done for node in below if node not in seen for done in _finished(below, node, seen)]


def _finished(links: Below[Node], start: Node, seen: set[Node]) -> list[Node]:
    """What can be reached from there and has not been seen, each after all that it leads to."""
    done, open_nodes = [], [(start, iter(links.get(start, ())))]
    seen.add(start)
    while open_nodes:
        rest = open_nodes[-1][1]
        step = next((lower for lower in rest if lower not in seen), None)
        if step is None:
            done.append(open_nodes.pop()[0])
            continue
        seen.add(step)
        open_nodes.append((step, iter(links.get(step, ()))))
    return done
