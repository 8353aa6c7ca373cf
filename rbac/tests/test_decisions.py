"""The decider, as tables and against a model that is too simple to be wrong."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import permissions
from rbac import decisions
from rbac.decisions import OMNIPOTENCE, Cause, Decision, Held
from rbac.graph import Graph
from rbac.tests.factories import held

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
NO_GRAPH = Graph.of((), (), ())


def ask(*holding: Held, permission: str = "invoice:approve", scope: str = "/acme/eu", at: datetime = NOON) -> Decision:
    return decisions.decide(NO_GRAPH, holding, permission, scope, at)


@pytest.mark.parametrize("pattern", ["invoice:approve", "invoice:*", "*:approve", "*:*"])
@pytest.mark.parametrize("scope", ["/", "/acme", "/acme/eu"])
def test_a_pattern_that_covers_the_permission_from_above_allows_it(pattern: str, scope: str) -> None:
    assert ask(held(pattern, scope=scope))


@pytest.mark.parametrize(
    ("holding", "cause"),
    [
        ([], Cause.NOT_HELD),
        ([held("invoice:view")], Cause.NOT_HELD),
        ([held("invoices:approve")], Cause.NOT_HELD),
        ([held()], Cause.NOT_HELD),
        ([held("invoice:*", scope="/acme/us")], Cause.OUT_OF_SCOPE),
        ([held("invoice:*", scope="/acme/eu2")], Cause.OUT_OF_SCOPE),
        ([held("invoice:*", scope="/acme/eu/berlin")], Cause.OUT_OF_SCOPE),
        ([held("invoice:*", end=NOON)], Cause.EXPIRED),
        ([held("invoice:*", begin=NOON + HOUR)], Cause.NOT_YET_VALID),
        ([held("invoice:*", scope="/acme/us", end=NOON)], Cause.NOT_HELD),
        ([held("invoice:*", scope="/acme/us"), held("invoice:*", end=NOON - HOUR)], Cause.EXPIRED),
    ],
)
def test_a_refusal_names_the_nearest_miss(holding: list[Held], cause: Cause) -> None:
    answer = ask(*holding)

    assert not answer
    assert answer.cause is cause


@pytest.mark.parametrize(
    ("begin", "end", "allowed"),
    [
        (None, None, True),
        (NOON, None, True),
        (NOON + timedelta(microseconds=1), None, False),
        (None, NOON + timedelta(microseconds=1), True),
        (None, NOON, False),
    ],
)
def test_an_assignment_holds_from_its_first_moment_up_to_its_end(
    begin: datetime | None, end: datetime | None, allowed: bool
) -> None:
    assert ask(held("invoice:*", begin=begin, end=end)).allowed is allowed


def test_a_yes_names_the_assignment_that_lasts_longest() -> None:
    short, long, endless = (held("invoice:*", end=end) for end in (NOON + HOUR, NOON + 2 * HOUR, None))

    assert ask(short, long).held is long
    assert ask(endless, long).held is endless


def test_a_superuser_needs_no_assignment() -> None:
    answer = ask(OMNIPOTENCE)

    assert answer.cause is Cause.SUPERUSER
    assert answer.because == "a superuser may do everything"


@pytest.mark.parametrize(
    ("holding", "because"),
    [
        ([held("invoice:*")], "role clerk, assigned at /, allows invoice:approve at /acme/eu without an end"),
        (
            [held("invoice:*", scope="/b")],
            "role clerk would allow invoice:approve; it is assigned only at /b, not at /acme/eu",
        ),
        ([], "no role held allows invoice:approve"),
    ],
)
def test_the_reason_can_be_read_by_a_person(holding: list[Held], because: str) -> None:
    assert ask(*holding).because == because


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_has_a_sentence(cause: Cause) -> None:
    assert Decision(False, cause, "a:b", "/", held("a:b", begin=NOON, end=NOON + HOUR)).because


SCOPES = st.lists(st.sampled_from("ab"), max_size=3).map(lambda path: "/" + "/".join(path))
PATTERNS = st.builds("{}:{}".format, st.sampled_from("xy*"), st.sampled_from("pq*"))
MOMENTS = st.none() | st.integers(-2, 2).map(lambda hours: NOON + hours * HOUR)
HELD = st.builds(
    Held,
    assignment_id=st.builds(uuid4),
    role_id=st.none(),
    role=st.just("clerk"),
    scope=SCOPES,
    given=st.frozensets(PATTERNS, max_size=3),
    valid_from=MOMENTS,
    valid_until=MOMENTS,
)


def naive(holding: list[Held], permission: str, scope: str) -> bool:
    for one in holding:
        if one.valid_from is not None and one.valid_from > NOON:
            continue
        if one.valid_until is not None and one.valid_until <= NOON:
            continue
        place, above = scope.strip("/").split("/"), one.scope.strip("/").split("/")
        if one.scope == "/" or place[: len(above)] == above:
            wanted = permission.split(":")
            if any(all(h in ("*", w) for h, w in zip(p.split(":"), wanted, strict=True)) for p in one.patterns):
                return True
    return False


@given(st.lists(HELD, max_size=4), st.sampled_from(["x:p", "x:q", "y:p"]), SCOPES)
def test_it_decides_as_the_naive_model_does(holding: list[Held], permission: str, scope: str) -> None:
    assert decisions.decide(NO_GRAPH, holding, permission, scope, NOON).allowed == naive(holding, permission, scope)


@given(st.lists(HELD, max_size=3), st.lists(HELD, max_size=3))
def test_one_who_is_not_above_can_do_nothing_that_we_cannot(theirs: list[Held], ours: list[Held]) -> None:
    if decisions.above(theirs, ours, NOON, counts=bool):
        return

    for permission in ("x:p", "y:q"):
        for scope in ("/", "/a", "/a/b", "/b"):
            if decisions.decide(NO_GRAPH, theirs, permission, scope, NOON):
                assert decisions.decide(NO_GRAPH, ours, permission, scope, NOON)


@pytest.mark.parametrize(
    ("wanted", "scope", "until", "able"),
    [
        ("invoice:approve", "/acme", NOON + HOUR, True),
        ("invoice:*", "/acme/eu", NOON + HOUR, True),
        ("*:approve", "/acme", NOON + HOUR, False),
        ("*:*", "/acme", NOON + HOUR, False),
        ("invoice:approve", "/", NOON + HOUR, False),
        ("invoice:approve", "/acme2", NOON + HOUR, False),
        ("invoice:approve", "/acme", NOON + 3 * HOUR, False),
        ("invoice:approve", "/acme", None, False),
    ],
)
def test_what_is_held_for_a_while_somewhere_can_be_handed_out_for_that_while_there(
    wanted: str, scope: str, until: datetime | None, able: bool
) -> None:
    mine = [held("invoice:*", scope="/acme", end=NOON + 2 * HOUR)]

    assert (not decisions.exceeding([wanted], scope=scope, until=until, held=mine, at=NOON)) is able


def test_two_names_do_not_make_the_wildcard_that_covers_them() -> None:
    mine = [held("invoice:view", "invoice:approve")]

    assert decisions.exceeding(["invoice:*"], scope="/", until=None, held=mine, at=NOON) == ["invoice:*"]


@pytest.mark.parametrize(
    ("theirs", "above"),
    [
        (held("user:view"), False),
        (held("user:*"), True),
        (held("user:view", scope="/acme"), False),
        (held("invoice:view", begin=NOON + HOUR), True),
        (held("invoice:view", end=NOON), False),
        (OMNIPOTENCE, True),
    ],
)
def test_who_holds_more_now_or_soon_stands_above(theirs: Held, above: bool) -> None:
    assert bool(decisions.above([theirs], [held("user:view")], NOON, counts=bool)) is above


ROLES = "abcde"
IDS = {name: UUID(int=place + 1) for place, name in enumerate(ROLES)}
GIVEN = st.dictionaries(st.sampled_from(ROLES), st.frozensets(PATTERNS, max_size=2), max_size=5)
LINKS = st.frozensets(st.tuples(st.sampled_from(ROLES), st.sampled_from(ROLES)), max_size=8)
ASSIGNED = st.lists(st.tuples(st.sampled_from(ROLES), SCOPES, MOMENTS, MOMENTS), max_size=4)
BOUNDS = st.none() | st.frozensets(PATTERNS, max_size=2)


def given_naively(
    role: str, held: dict[str, frozenset[str]], links: frozenset[tuple[str, str]], depth: int
) -> set[str]:
    """By recursion, as deep as there are roles: no way that is longer leads to a new one."""
    below = [junior for senior, junior in links if senior == role] if depth else []
    return set(held.get(role, ())).union(*(given_naively(one, held, links, depth - 1) for one in below))


@given(GIVEN, LINKS, ASSIGNED, BOUNDS, st.sampled_from(["x:p", "x:q", "y:p"]), SCOPES)
def test_over_any_graph_it_decides_as_the_naive_model_does(
    gives: dict[str, frozenset[str]],
    links: frozenset[tuple[str, str]],
    assigned: list[tuple[str, str, datetime | None, datetime | None]],
    bounds: frozenset[str] | None,
    permission: str,
    scope: str,
) -> None:
    patterns = [(IDS[name], pattern) for name, held in gives.items() for pattern in held]
    graph = Graph.of([(IDS[name], name) for name in ROLES], patterns, [(IDS[a], IDS[b]) for a, b in links])
    holding = [through(graph, *one, bounds) for one in assigned]
    told = [replace(one, graph=None, role_id=None, given=by_hand(one.role, gives, links, bounds)) for one in holding]

    answer = decisions.decide(graph, holding, permission, scope, NOON)

    assert answer.allowed == naive([replace(one, bounds=None) for one in told], permission, scope)
    assert not answer or (answer.path[0] == (answer.held and answer.held.role) and len(answer.path) <= len(ROLES))
    assert [one.patterns for one in holding] == [one.given for one in told]


def through(
    graph: Graph, role: str, scope: str, begin: datetime | None, end: datetime | None, bounds: frozenset[str] | None
) -> Held:
    return Held(
        assignment_id=uuid4(),
        role_id=IDS[role],
        role=role,
        scope=scope,
        graph=graph,
        valid_from=begin,
        valid_until=end,
        bounds=bounds,
    )


def by_hand(
    role: str, gives: dict[str, frozenset[str]], links: frozenset[tuple[str, str]], bounds: frozenset[str] | None
) -> frozenset[str]:
    held = given_naively(role, gives, links, len(ROLES))
    return frozenset(held if bounds is None else permissions.met(held, bounds))


def test_what_a_separation_holds_back_allows_nothing_and_is_the_nearest_miss() -> None:
    back = replace(held("invoice:*"), held_back="four-eyes")
    answer = ask(back, held("invoice:*", scope="/elsewhere"))

    assert (answer.allowed, answer.cause, answer.held) == (False, Cause.SEPARATION_OF_DUTY, back)
    assert answer.because.endswith("; four-eyes holds it back")
    assert decisions.exceeding(["invoice:view"], scope="/", until=None, held=[back], at=NOON) == ["invoice:view"]


def test_bounds_upon_bounds_leave_what_both_allow() -> None:
    one = held("*:*").within(frozenset({"invoice:*"})).within(frozenset({"*:view"}))

    assert one.patterns == {"invoice:view"}
    assert one.gives("invoice:view")
    assert not one.gives("invoice:pay")
    assert not one.gives("user:view")
