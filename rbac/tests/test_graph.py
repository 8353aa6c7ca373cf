"""The graph of roles, as tables and against a model that is too simple to be wrong."""

from collections import defaultdict
from itertools import pairwise
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import permissions
from rbac import rings
from rbac.graph import MOST_REMEMBERED, Graph, InheritanceRing


def number(name: str) -> UUID:
    return UUID(bytes=name.encode().rjust(16, b"\0"))


def graph_of(links: str, **holding: str) -> Graph:
    """`graph_of("boss>clerk", clerk="invoice:view")`: who inherits from whom, and what each holds itself."""
    pairs = [link.split(">") for link in links.split()]
    names = {name for pair in pairs for name in pair} | holding.keys()
    held = [(number(name), pattern) for name, patterns in holding.items() for pattern in patterns.split()]
    return Graph.of([(number(name), name) for name in names], held, [(number(a), number(b)) for a, b in pairs])


HOUSE = graph_of(
    "chief>head head>clerk chief>auditor auditor>reader clerk>reader",
    clerk="invoice:create invoice:pay",
    auditor="*:view",
    reader="report:*",
    guest="invoice:list",
)


@pytest.mark.parametrize(
    ("permission", "giving"),
    [
        ("invoice:pay", {"chief", "head", "clerk"}),
        ("invoice:view", {"chief", "auditor"}),
        ("report:view", {"chief", "head", "clerk", "auditor", "reader"}),
        ("invoice:list", {"guest"}),
        ("invoice:*", set()),
        ("report:*", {"chief", "head", "clerk", "auditor", "reader"}),
        ("*:*", set()),
    ],
)
def test_a_role_gives_what_it_holds_and_what_it_inherits(permission: str, giving: set[str]) -> None:
    found = HOUSE.among(HOUSE.giving(permission))

    assert {HOUSE.names[role] for role in found} == giving
    assert {name for name in HOUSE.names.values() if HOUSE.gives(number(name), permission)} == giving


def test_all_that_it_gives_can_be_written_out() -> None:
    assert HOUSE.patterns(number("chief")) == {"invoice:create", "invoice:pay", "*:view", "report:*"}
    assert HOUSE.own_patterns(number("chief")) == frozenset()
    assert HOUSE.patterns(number("guest")) == {"invoice:list"}


def test_roles_know_those_above_and_below_them() -> None:
    below, above = HOUSE.closure(number("head")), HOUSE.seniors(number("reader"))

    assert {HOUSE.names[role] for role in below} == {"head", "clerk", "reader"}
    assert {HOUSE.names[role] for role in above} == {"chief", "head", "clerk", "auditor"}
    assert HOUSE.juniors(number("chief")) == (number("auditor"), number("head"))


@pytest.mark.parametrize(
    ("role", "permission", "path"),
    [
        ("clerk", "invoice:pay", ("clerk",)),
        ("chief", "invoice:pay", ("chief", "head", "clerk")),
        ("chief", "report:view", ("chief", "auditor")),
        ("chief", "report:print", ("chief", "auditor", "reader")),
        ("guest", "invoice:pay", ()),
    ],
)
def test_the_path_is_the_shortest_to_a_role_that_holds_it_itself(
    role: str, permission: str, path: tuple[str, ...]
) -> None:
    assert HOUSE.path(number(role), permission) == path


def test_what_is_no_role_gives_nothing() -> None:
    stranger = number("stranger")

    assert not HOUSE.gives(stranger, "invoice:pay")
    assert not HOUSE.knows(stranger)
    assert HOUSE.patterns(stranger) == HOUSE.closure(stranger) == HOUSE.seniors(stranger) == frozenset()
    assert HOUSE.path(stranger, "invoice:pay") == HOUSE.juniors(stranger) == ()


def test_ever_new_questions_do_not_fill_the_memory() -> None:
    graph = graph_of("boss>clerk", clerk="invoice:*")

    assert all(graph.gives(number("boss"), f"invoice:a{turn}") for turn in range(MOST_REMEMBERED + 10))

    assert len(graph._giving) <= MOST_REMEMBERED


class TestRings:
    RING = graph_of("boss>head head>clerk clerk>head clerk>reader", clerk="invoice:pay", reader="invoice:view")

    def test_a_ring_is_refused_and_named(self) -> None:
        with pytest.raises(InheritanceRing, match=r"^(head > clerk > head|clerk > head > clerk)$"):
            self.RING.require_no_ring()

    def test_but_no_question_hangs_and_its_roles_give_the_same(self) -> None:
        for role in ("boss", "head", "clerk"):
            assert self.RING.gives(number(role), "invoice:pay")
            assert self.RING.patterns(number(role)) == {"invoice:pay", "invoice:view"}
        assert not self.RING.gives(number("reader"), "invoice:pay")
        assert self.RING.path(number("head"), "invoice:view") == ("head", "clerk", "reader")
        assert number("head") in self.RING.seniors(number("head"))

    def test_a_role_that_inherits_from_itself_is_one(self) -> None:
        assert graph_of("boss>boss", boss="a:b").rings == (("boss",),)

    def test_a_long_ring_is_found_without_end_or_depth(self) -> None:
        steps = [*(str(step) for step in range(5000)), "0"]
        graph = graph_of(" ".join(f"{a}>{b}" for a, b in pairwise(steps)), **{"7": "a:b"})

        assert [len(ring) for ring in graph.rings] == [5000]
        assert all(graph.gives(number(str(step)), "a:b") for step in range(0, 5000, 500))

    def test_there_is_none_without_one(self) -> None:
        HOUSE.require_no_ring()

        assert HOUSE.rings == ()


NAMES = "abcdef"
PATTERNS = st.builds("{}:{}".format, st.sampled_from("xy*"), st.sampled_from("pq*"))
HOLDING = st.dictionaries(st.sampled_from(NAMES), st.frozensets(PATTERNS, max_size=2), max_size=6)
ANY_LINKS = st.frozensets(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), max_size=12)


def given_naively(role: str, holding: dict[str, frozenset[str]], links: frozenset[tuple[str, str]]) -> set[str]:
    found, before = {role}, set[str]()
    while found != before:
        before = set(found)
        found |= {junior for senior, junior in links if senior in found}
    return {pattern for name in found for pattern in holding.get(name, ())}


@given(HOLDING, ANY_LINKS)
def test_it_gives_what_the_naive_model_gives_rings_included(
    holding: dict[str, frozenset[str]], links: frozenset[tuple[str, str]]
) -> None:
    held = [(number(name), pattern) for name, patterns in holding.items() for pattern in patterns]
    pairs = [(number(senior), number(junior)) for senior, junior in links]
    graph = Graph.of([(number(name), name) for name in NAMES], held, pairs)

    for name in NAMES:
        wanted = given_naively(name, holding, links)
        assert graph.patterns(number(name)) == wanted
        for asked in ("x:p", "y:q", "x:*", "*:q", "*:*"):
            is_given = any(permissions.covers(pattern, asked) for pattern in wanted)
            assert graph.gives(number(name), asked) is is_given
            assert bool(graph.path(number(name), asked)) is is_given


@given(ANY_LINKS)
def test_every_ring_that_is_named_is_one_and_none_is_overlooked(links: frozenset[tuple[str, str]]) -> None:
    graph = Graph.of(
        [(number(name), name) for name in NAMES], [], [(number(senior), number(junior)) for senior, junior in links]
    )

    for ring in graph.rings:
        assert set(pairwise((*ring, ring[0]))) <= links
    below = {name: {junior for senior, junior in links if senior == name} for name in NAMES}
    assert bool(graph.rings) is any(name in _reached(below, name) for name in NAMES)


def _reached(below: dict[str, set[str]], start: str) -> set[str]:
    found: set[str] = set()
    ahead = set(below[start])
    while ahead:
        found |= ahead
        ahead = {lower for upper in ahead for lower in below[upper]} - found
    return found


def test_circles_come_before_all_that_is_below_them() -> None:
    found = rings.circles({"d": ["b"], "a": ["b"], "b": ["c"], "c": ["b"], "e": []})

    assert sorted(map(sorted, found)) == [["a"], ["b", "c"], ["d"], ["e"]]
    assert found.index(next(one for one in found if "b" in one)) > max(found.index(["a"]), found.index(["d"]))


@pytest.mark.wide
def test_ten_thousand_roles_twenty_deep_give_what_a_walk_through_them_finds() -> None:
    chance = Random(1)  # noqa: S311  the same each time
    ids = [UUID(int=place + 1) for place in range(10_000)]
    held = [(chance.choice(ids), f"r{chance.randrange(200)}:a{chance.randrange(10)}") for _ in range(100_000)]
    level = [ids[first : first + 500] for first in range(0, 10_000, 500)]
    links = {(chance.choice(upper), chance.choice(lower)) for upper, lower in pairwise(level) for _ in range(1000)}

    graph = Graph.of([(role, str(role)) for role in ids], held, links)

    below, own = defaultdict(set), defaultdict(set)
    for senior, junior in links:
        below[senior].add(junior)
    for role, pattern in held:
        own[role].add(pattern)
    for role in chance.sample(ids, 20):
        found, new = {role}, {role}
        while new := set().union(*(below[one] for one in new)) - found:
            found |= new
        assert graph.closure(role) == found
        assert graph.patterns(role) == set().union(*(own[one] for one in found))
