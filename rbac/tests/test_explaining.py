"""Decisions in words and as facts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rbac import explaining
from rbac.decisions import OMNIPOTENCE, Cause, Decision
from rbac.separation import CHOICE
from rbac.tests import factories

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
HELD = replace(factories.held("invoice:approve", scope="/acme"), role="senior")


def decision(cause: Cause, **held: Any) -> Decision:
    return Decision(
        cause is Cause.ASSIGNED, cause, "invoice:approve", "/acme/eu", replace(HELD, **held), ("senior", "clerk")
    )


@pytest.mark.parametrize(
    ("decision", "words"),
    [
        (
            decision(Cause.ASSIGNED),
            "role senior > clerk allows invoice:approve at /acme/eu; it is assigned at /acme, without an end",
        ),
        (
            decision(Cause.ASSIGNED, group="accounting", valid_until=NOON + timedelta(days=2)),
            (
                "role senior > clerk allows invoice:approve at /acme/eu; "
                "it is assigned at /acme through the group accounting, until 2030-01-03T12:00:00Z"
            ),
        ),
        (
            decision(Cause.EXPIRED, valid_until=NOON - timedelta(hours=3, minutes=59)),
            (
                "role senior > clerk would allow invoice:approve; "
                "the assignment at /acme ended 3 h ago, at 2030-01-01T08:01:00Z"
            ),
        ),
        (
            decision(Cause.NOT_YET_VALID, valid_from=NOON + timedelta(days=2)),
            (
                "role senior > clerk would allow invoice:approve; "
                "the assignment at /acme begins in 2 d, at 2030-01-03T12:00:00Z"
            ),
        ),
        (
            decision(Cause.SEPARATION_OF_DUTY, held_back="four-eyes"),
            (
                "role senior > clerk, assigned at /acme, would allow invoice:approve; "
                "the separation of duty four-eyes holds it back: activate it"
            ),
        ),
        (
            decision(Cause.SEPARATION_OF_DUTY, held_back=CHOICE),
            (
                "role senior > clerk, assigned at /acme, would allow invoice:approve; "
                "the choice of roles in this session holds it back: activate it"
            ),
        ),
        (
            decision(Cause.OUT_OF_SCOPE, scope="/acme/us"),
            "role senior > clerk would allow invoice:approve; it is assigned only at /acme/us, not at /acme/eu",
        ),
        (Decision(True, Cause.SUPERUSER, "a:b", "/", OMNIPOTENCE), "a superuser may do everything"),
        (Decision(False, Cause.NOT_HELD, "a:b", "/"), "no role held allows a:b"),
        (Decision(False, Cause.NOT_A_PERMISSION, "a", "/"), "no permission can be called a"),
    ],
)
def test_each_cause_has_its_sentence(decision: Decision, words: str) -> None:
    assert explaining.sentence(decision, at=NOON) == words


def test_roles_that_would_do_are_named() -> None:
    nothing = Decision(False, Cause.NOT_HELD, "a:b", "/")

    assert (
        explaining.sentence(nothing, at=NOON, would=["clerk", "chief"])
        == "no role held allows a:b; clerk or chief would"
    )


@pytest.mark.parametrize("cause", list(Cause))
def test_every_cause_can_be_told_and_every_no_says_what_is_missing(cause: Cause) -> None:
    answer = Decision(cause in {Cause.ASSIGNED, Cause.SUPERUSER}, cause, "a:b", "/")

    assert explaining.sentence(answer, at=NOON)
    assert ("missing" in explaining.facts(answer)) is not answer.allowed


def test_facts_are_what_the_sentence_says() -> None:
    facts = explaining.facts(decision(Cause.SEPARATION_OF_DUTY, held_back="four-eyes", group="accounting"))

    assert facts == {
        "cause": "separation_of_duty",
        "permission": "invoice:approve",
        "scope": "/acme/eu",
        "assignment": HELD.assignment_id,
        "role_path": ["senior", "clerk"],
        "group": "accounting",
        "assigned_at": "/acme",
        "valid_from": None,
        "valid_until": None,
        "separation_of_duty": "four-eyes",
        "missing": "activation",
    }


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(0), "0 s"),
        (timedelta(seconds=59.9), "59 s"),
        (timedelta(minutes=1), "1 min"),
        (timedelta(minutes=119), "1 h"),
        (timedelta(hours=47), "1 d"),
        (timedelta(days=400), "400 d"),
    ],
)
def test_a_distance_is_told_in_the_largest_unit(span: timedelta, words: str) -> None:
    assert explaining.distance(span) == words


@pytest.mark.parametrize(
    ("places", "seen"),
    [
        (("/",), Cause.OUT_OF_SCOPE),
        (("/acme/us",), Cause.OUT_OF_SCOPE),
        (("/acme/eu",), Cause.NOT_HELD),
        ((), Cause.NOT_HELD),
    ],
)
def test_a_miss_elsewhere_is_for_those_who_look_after_that_place(places: tuple[str, ...], seen: Cause) -> None:
    told = explaining.seen_from(decision(Cause.OUT_OF_SCOPE, scope="/acme/us"), places)

    assert told.cause is seen
    assert (told.held is None) is (seen is Cause.NOT_HELD)


def test_what_holds_there_is_told_wherever_it_was_given() -> None:
    for cause in (Cause.ASSIGNED, Cause.EXPIRED, Cause.SEPARATION_OF_DUTY):
        assert explaining.seen_from(decision(cause), ("/acme/eu",)) == decision(cause)
