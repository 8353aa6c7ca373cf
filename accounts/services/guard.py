"""Who may try a password now. Counts stand in the database and are committed before any password is looked at."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.crypto import salted_hmac

from accounts import addresses, lockout
from accounts.lockout import Policy, Tally
from accounts.models import SignInCounter
from common.actors import Actor
from common.networks import network_of


@dataclass(frozen=True, slots=True)
class Admission:
    """Whether a try is let through. `locks_until` is set on the last one before the account's lock."""

    allowed: bool
    locks_until: datetime | None = None


def admit(address: str, *, actor: Actor, at: datetime) -> Admission:
    """Count a try from the actor's network at the account of `address`, which need not exist.

    The network comes first, and where it is refused the account is not counted: one machine that has spent its tries
    cannot lock out everybody else.
    """
    if actor.ip and _count(_network_key(actor.ip), _network_policy(), at=at) is None:
        return Admission(allowed=False)
    tally = _count(_account_key(address), _account_policy(), at=at)
    return Admission(tally is not None, tally.locked_until if tally else None)


def forget(address: str, *, at: datetime) -> bool:
    """Open the account of `address` again. True when tries were counted there. What its network tried stays counted."""
    counted = SignInCounter.objects.filter(key=_account_key(address), attempts__gt=0)
    return bool(counted.update(attempts=0, window_ends_at=at, locked_until=None))


@transaction.atomic
def forgive(actor: Actor) -> None:
    """Take one try, which turned out right, off the actor's network; or an office of a hundred would lock itself out."""
    row = SignInCounter.objects.select_for_update().filter(key=_network_key(actor.ip)).first() if actor.ip else None
    if row:
        _write(row, lockout.forgive(_tally(row)))


def pseudonym(address: str) -> UUID:
    """An id for an address without an account, so that tries at it can be seen together and nobody reads it."""
    return UUID(_digest(address)[:32])


def _count(key: str, policy: Policy, *, at: datetime) -> Tally | None:
    # Durable: a count that some outer transaction could roll back, or that would hold its lock while hashing, is none.
    with transaction.atomic(durable=True):
        fresh = SignInCounter(key=key, attempts=0, window_ends_at=at)
        SignInCounter.objects.bulk_create([fresh], ignore_conflicts=True)
        row = SignInCounter.objects.select_for_update().get(key=key)
        tally = lockout.count(_tally(row), policy, at=at)
        if tally:
            _write(row, tally)
    return tally


def _tally(row: SignInCounter) -> Tally:
    return Tally(row.attempts, row.window_ends_at, row.locked_until)


def _write(row: SignInCounter, tally: Tally) -> None:
    row.attempts, row.window_ends_at, row.locked_until = tally.attempts, tally.window_ends_at, tally.locked_until
    row.save()


def _account_policy() -> Policy:
    return Policy(settings.SIGN_IN_ACCOUNT_LIMIT, settings.SIGN_IN_WINDOW, settings.SIGN_IN_LOCK)


def _network_policy() -> Policy:
    return Policy(settings.SIGN_IN_ADDRESS_LIMIT, settings.SIGN_IN_WINDOW, settings.SIGN_IN_LOCK)


def _account_key(address: str) -> str:
    return f"account:{_digest(address)}"


def _network_key(ip: str) -> str:
    return f"network:{network_of(ip)}"


def _digest(address: str) -> str:
    # Keyed, because addresses can be guessed: a copy of the table does not tell who was tried.
    known_as = addresses.canonical_or_blank(address) or address
    return salted_hmac("accounts.guard", known_as.encode("utf-8", "surrogatepass"), algorithm="sha256").hexdigest()
