"""What is due when, as a table. A key lives 30 days here, and waits for ten minutes before it signs."""

from datetime import timedelta

import pytest

from tokens.key_life import Chain, Lifetimes, Overdue, Step, due, is_ripe, next_of, overdue
from tokens.models import KeyState, SigningKey
from tokens.tests.factories import NOON

WAITS, SIGNS = timedelta(minutes=10), timedelta(days=30)
LIVES = Lifetimes(waits=WAITS, signs=SIGNS)
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ANY_AGE = timedelta(days=1000)


def active(age: timedelta) -> SigningKey:
    """It was made an hour before it began to sign."""
    return SigningKey(state=KeyState.ACTIVE, created_at=NOON - age - HOUR, activated_at=NOON - age)


def pending(age: timedelta) -> SigningKey:
    return SigningKey(state=KeyState.PENDING, created_at=NOON - age)


def retired(left: timedelta) -> SigningKey:
    return SigningKey(state=KeyState.RETIRED, created_at=NOON - ANY_AGE, verifies_until=NOON + left)


def chain(*keys: SigningKey, is_listed: bool = True) -> Chain:
    return Chain(algorithm="ES256", keys=keys, is_listed=is_listed)


DUE = {
    "nothing exists": (chain(), [Step.MAKE]),
    "only old ones exist": (chain(retired(DAY)), [Step.MAKE]),
    "a young key signs": (chain(active(DAY)), []),
    "its successor is not yet needed": (chain(active(SIGNS - WAITS - SECOND)), []),
    "its successor must be published": (chain(active(SIGNS - WAITS)), [Step.PUBLISH_NEXT]),
    "it is far too old": (chain(active(ANY_AGE)), [Step.PUBLISH_NEXT]),
    "the successor waits": (chain(active(SIGNS), pending(WAITS - SECOND)), []),
    "the successor has waited": (chain(active(SIGNS), pending(WAITS)), [Step.ACTIVATE]),
    "one asked for has waited": (chain(active(DAY), pending(WAITS)), [Step.ACTIVATE]),
    "one waits and none signs": (chain(pending(SECOND)), [Step.ACTIVATE]),
    "the last token lives": (chain(active(DAY), retired(SECOND)), []),
    "the last token is dead": (chain(active(DAY), retired(-SECOND), retired(DAY)), [Step.REMOVE]),
    "all at once": (chain(active(SIGNS), pending(WAITS), retired(-DAY)), [Step.ACTIVATE, Step.REMOVE]),
    "nobody wants the algorithm": (chain(is_listed=False), []),
    "nobody wants it any more": (
        chain(active(DAY), pending(SECOND), retired(DAY), is_listed=False),
        [Step.RETIRE, Step.REMOVE],
    ),
    "its last tokens are dead": (chain(retired(timedelta(0)), is_listed=False), [Step.REMOVE]),
}
OVERDUE = {
    "nothing signs": (chain(pending(SECOND)), Overdue.NONE_SIGNS),
    "in time": (chain(active(SIGNS)), None),
    "within the grace": (chain(active(SIGNS + SIGNS / 10)), None),
    "beyond the grace": (chain(active(SIGNS + SIGNS / 10 + SECOND)), Overdue.OLD),
    "the successor is about to sign": (chain(active(DAY), pending(WAITS + 15 * MINUTE)), None),
    "the successor should have signed": (chain(active(DAY), pending(WAITS + 15 * MINUTE + SECOND)), Overdue.WAITS),
    "an algorithm that nobody wants": (chain(active(ANY_AGE), is_listed=False), None),
}


@pytest.mark.parametrize(("keys", "steps"), DUE.values(), ids=list(DUE))
def test_what_is_due(keys: Chain, steps: list[Step]) -> None:
    assert [step.step for step in due(keys, lives=LIVES, at=NOON)] == steps


@pytest.mark.parametrize(("keys", "reason"), OVERDUE.values(), ids=list(OVERDUE))
def test_what_is_overdue(keys: Chain, reason: Overdue | None) -> None:
    assert overdue(keys, lives=LIVES, at=NOON) == reason


def test_a_short_life_has_an_hours_grace() -> None:
    lives = Lifetimes(waits=WAITS, signs=HOUR)

    assert overdue(chain(active(2 * HOUR)), lives=lives, at=NOON) is None
    assert overdue(chain(active(2 * HOUR + SECOND)), lives=lives, at=NOON) is Overdue.OLD


def test_a_life_shorter_than_the_wait_still_rotates_and_is_not_overdue() -> None:
    lives = Lifetimes(waits=DAY, signs=HOUR)
    young = active(SECOND)

    assert [step.step for step in due(chain(young), lives=lives, at=NOON)] == [Step.PUBLISH_NEXT]
    assert due(chain(young, pending(DAY - SECOND)), lives=lives, at=NOON) == []
    assert overdue(chain(active(DAY), pending(DAY)), lives=lives, at=NOON) is None


def test_a_key_is_told_when_its_own_turn_comes() -> None:
    old, new, spent = active(DAY), pending(MINUTE), retired(DAY)
    takes_over = NOON - MINUTE + WAITS

    told = [next_of(key, chain(old, new, spent), lives=LIVES)[::2] for key in (old, new, spent)]

    assert told == [(Step.HAND_OVER, takes_over), (Step.ACTIVATE, takes_over), (Step.REMOVE, NOON + DAY)]


def test_a_lonely_key_is_told_when_its_successor_comes() -> None:
    old = active(DAY)

    assert next_of(old, chain(old), lives=LIVES) == (Step.PUBLISH_NEXT, old, NOON - DAY + SIGNS - WAITS)


def test_a_retired_key_without_an_end_is_never_removed() -> None:
    endless = SigningKey(state=KeyState.RETIRED, created_at=NOON)

    assert next_of(endless, chain(endless), lives=LIVES).since > NOON + 100 * ANY_AGE


@pytest.mark.parametrize(("age", "ripe"), [(WAITS - SECOND, False), (WAITS, True)])
def test_a_key_is_ripe_when_every_cache_can_have_it(age: timedelta, ripe: bool) -> None:
    assert is_ripe(pending(age), lives=LIVES, at=NOON) is ripe
