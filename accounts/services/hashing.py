"""Passwords against their hashes: one door for both, so that each is normalised and each takes the same time."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

from django.conf import settings
from django.contrib.auth.hashers import make_password, verify_password
from django.db import connection

from accounts import password_rules
from accounts.services import hashing_gate
from common.actors import SYSTEM, Actor

NOBODYS = "!"

_has_turn: ContextVar[bool] = ContextVar("has_turn", default=False)


class Judged(NamedTuple):
    right: bool
    outdated: bool


@contextmanager
def turn(actor: Actor) -> Iterator[None]:
    """One of the few turns at hashing on this machine. Whoever has one keeps it, so it can be taken before a try is counted.

    Raises `Overloaded` where too many want one. The system itself waits as long as it takes.
    """
    if _has_turn.get() or _writes_alone():
        yield
        return
    _give_connection_back(actor)
    with hashing_gate.slot(patient=actor.is_system):
        mark = _has_turn.set(True)
        try:
            yield
        finally:
            _has_turn.reset(mark)


def of(password: str, *, actor: Actor) -> str:
    """What is stored of a password that has passed the rules."""
    with turn(actor):
        _give_connection_back(actor)
        return make_password(password_rules.normalised(password))


def unusable() -> str:
    """What is stored where there is no password: nothing matches it."""
    return make_password(None)


def judge(password: str, encoded: str, *, actor: Actor = SYSTEM) -> Judged:
    """Whether the password belongs to the hash. Hashes exactly once, whatever the password is and whether there is a hash.

    `NOBODYS` is the hash of those who do not exist (CVE-2024-39329).
    """
    shown = password_rules.presentable(password, max_length=settings.PASSWORD_MAX_LENGTH)
    with turn(actor):
        _give_connection_back(actor)
        return Judged(*verify_password(shown, encoded))


def _writes_alone() -> bool:
    # Who holds SQLite's one writer must not wait for others: they may hold the slots and wait for that writer.
    return connection.vendor == "sqlite" and connection.in_atomic_block


def _give_connection_back(actor: Actor) -> None:
    """To the pool, for as long as the processor is at work. The system keeps its own: there may be a lock on it."""
    is_lent = bool(connection.settings_dict["OPTIONS"].get("pool"))
    if is_lent and not actor.is_system and not connection.in_atomic_block:
        connection.close()
