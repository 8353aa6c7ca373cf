"""What a signing key's time asks for: pending → active → retired → gone. Pure; the keys and the time are given.

A key waits, published, until every cache of the key set can have it. It signs until its successor has waited, and verifies until
the last token that it signed is dead. Each algorithm has a chain of keys of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from tokens.models import KeyState, SigningKey

# Beat tends the keys every few minutes. What is later than this was not late by chance.
PATIENCE = timedelta(minutes=15)
LEAST_GRACE = timedelta(hours=1)
FOREVER = datetime.max.replace(tzinfo=UTC)


class Step(StrEnum):
    MAKE = "is made"
    PUBLISH_NEXT = "its successor is published"
    HAND_OVER = "hands over to its successor"
    ACTIVATE = "begins to sign"
    RETIRE = "stops signing"
    REMOVE = "is removed"


class Overdue(StrEnum):
    NONE_SIGNS = "no key signs"
    OLD = "the key has signed for longer than SIGNING_KEY_LIFETIME"
    WAITS = "the next key waits although its time to sign has come"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetimes:
    """How long a key is published before it signs, and how long it then signs."""

    waits: timedelta
    signs: timedelta

    @property
    def grace(self) -> timedelta:
        return max(LEAST_GRACE, self.signs / 10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """The keys of one algorithm. `is_listed`: SIGNING_ALGORITHMS names it, so one of them has to sign."""

    algorithm: str
    keys: Sequence[SigningKey]
    is_listed: bool

    @property
    def active(self) -> SigningKey | None:
        return self._in_state(KeyState.ACTIVE)

    @property
    def pending(self) -> SigningKey | None:
        return self._in_state(KeyState.PENDING)

    def _in_state(self, state: KeyState) -> SigningKey | None:
        return next((key for key in self.keys if key.state == state), None)


class Next(NamedTuple):
    """What happens next, to which key (none where there is none yet), and from when on it is due."""

    step: Step
    key: SigningKey | None
    since: datetime


def due(chain: Chain, *, lives: Lifetimes, at: datetime) -> list[Next]:
    """What is to be done now. Nothing is listed twice: a hand-over is done by the successor's beginning to sign."""
    if chain.is_listed and not chain.active and not chain.pending:
        return [Next(Step.MAKE, None, at), *_due(chain, lives, at)]
    return _due(chain, lives, at)


def _due(chain: Chain, lives: Lifetimes, at: datetime) -> list[Next]:
    steps = (next_of(key, chain, lives=lives) for key in chain.keys)
    return [step for step in steps if step.since <= at and step.step is not Step.HAND_OVER]


def next_of(key: SigningKey, chain: Chain, *, lives: Lifetimes) -> Next:
    if key.state == KeyState.RETIRED:
        return Next(Step.REMOVE, key, key.verifies_until or FOREVER)
    if not chain.is_listed:
        # What waited has signed nothing, so nobody misses it.
        return Next(Step.RETIRE if key.state == KeyState.ACTIVE else Step.REMOVE, key, key.created_at)
    if key.state == KeyState.PENDING:
        return Next(Step.ACTIVATE, key, _turn_of(key, chain, lives))
    if chain.pending:
        return Next(Step.HAND_OVER, key, _turn_of(chain.pending, chain, lives))
    return Next(Step.PUBLISH_NEXT, key, begun(key) + lives.signs - lives.waits)


def is_ripe(pending: SigningKey, *, lives: Lifetimes, at: datetime) -> bool:
    """Whether it has been published for so long that it may sign."""
    return pending.created_at + lives.waits <= at


def overdue(chain: Chain, *, lives: Lifetimes, at: datetime) -> Overdue | None:
    """Why somebody should look after these keys; None while each step was taken in time."""
    if not chain.is_listed:
        return None
    if chain.active is None:
        return Overdue.NONE_SIGNS
    if begun(chain.active) + max(lives.signs, lives.waits) + lives.grace < at:
        return Overdue.OLD
    if chain.pending and _turn_of(chain.pending, chain, lives) + PATIENCE < at:
        return Overdue.WAITS
    return None


def begun(key: SigningKey) -> datetime:
    """Since when it signs, or exists."""
    return key.activated_at or key.created_at


def _turn_of(pending: SigningKey, chain: Chain, lives: Lifetimes) -> datetime:
    # Where nothing signs, waiting would help nobody.
    return pending.created_at + (lives.waits if chain.active else timedelta(0))
