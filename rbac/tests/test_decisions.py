"""The decider, as tables and against a model that is too simple to be wrong."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rbac import decisions
from rbac.decisions import OMNIPOTENCE, Cause, Decision, Held
from rbac.tests.factories import held

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def ask(*holding: Held, permission: str = "invoice:approve", scope: str = "/acme/eu", at: datetime = NOON) -> Decision:
    return decisions.decide(holding, permission, scope, at)


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
    role=st.just("clerk"),
    scope=SCOPES,
    patterns=st.frozensets(PATTERNS, max_size=3),
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
    assert decisions.decide(holding, permission, scope, NOON).allowed == naive(holding, permission, scope)


@given(st.lists(HELD, max_size=3), st.lists(HELD, max_size=3))
def test_one_who_is_not_above_can_do_nothing_that_we_cannot(theirs: list[Held], ours: list[Held]) -> None:
    if decisions.above(theirs, ours, NOON, counts=bool):
        return

    for permission in ("x:p", "y:q"):
        for scope in ("/", "/a", "/a/b", "/b"):
            if decisions.decide(theirs, permission, scope, NOON):
                assert decisions.decide(ours, permission, scope, NOON)


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
