"""Who may try a password now. Counts stand in the database and are committed before any password is looked at."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import CharField, DateTimeField, F
from django.utils.crypto import salted_hmac

from accounts import addresses, lockout
from accounts.lockout import Policy, Tally
from accounts.models import SignInCounter
from common.actors import Actor
from common.networks import network_of
from common.statements import Addition, Change, Given, Search

MAKE = Addition(SignInCounter, unless_there=True)
WRITE = Addition(SignInCounter, over=("attempts", "window_ends_at", "locked_until"))
LOCK = Search(
    lambda: (
        SignInCounter.objects.select_for_update()
        .filter(key__in=[Given("first", CharField()), Given("last", CharField())])
        .order_by("key")
    )
)
COUNTED = {"key": Given("key", CharField()), "attempts__gt": 0}
FORGET = Change(
    lambda: SignInCounter.objects.filter(**COUNTED),
    lambda: {"attempts": 0, "window_ends_at": Given("at", DateTimeField()), "locked_until": None},
)
FORGIVE = Change(
    lambda: SignInCounter.objects.filter(**COUNTED), lambda: {"attempts": F("attempts") - 1, "locked_until": None}
)


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
    account, network = _account_key(address), _network_key(actor.ip) if actor.ip else None
    # Durable: a count that some outer transaction could roll back, or that would hold its lock while hashing, is none.
    with transaction.atomic(durable=True):
        rows = _locked([key for key in (account, network) if key], at=at)
        if network and not _count(rows[network], _network_policy(), at=at):
            return Admission(allowed=False)
        counted = _count(rows[account], _account_policy(), at=at)
        WRITE.run(*rows.values())
    return Admission(counted, rows[account].locked_until if counted else None)


def forget(address: str, *, at: datetime) -> bool:
    """Open the account of `address` again. True when tries were counted there. What its network tried stays counted."""
    return bool(FORGET.run(key=_account_key(address), at=at))


def forgive(actor: Actor) -> None:
    """Take one try, which turned out right, off the actor's network; or an office of a hundred would lock itself out."""
    if actor.ip:
        FORGIVE.run(key=_network_key(actor.ip))


def pseudonym(address: str) -> UUID:
    """An id for an address without an account, so that tries at it can be seen together and nobody reads it."""
    return UUID(_digest(address)[:32])


def _locked(keys: list[str], *, at: datetime) -> dict[str, SignInCounter]:
    # In one order for everybody, or two could wait for each other. The same is done whether or not there are rows yet: the time
    # it takes would tell who has ever signed in.
    fresh = [SignInCounter(key=key, attempts=0, window_ends_at=at) for key in sorted(keys)]
    MAKE.run(*fresh)
    return {row.key: row for row in LOCK.all(first=keys[0], last=keys[-1])}


def _count(row: SignInCounter, policy: Policy, *, at: datetime) -> bool:
    tally = lockout.count(Tally(row.attempts, row.window_ends_at, row.locked_until), policy, at=at)
    if tally is None:
        return False
    row.attempts, row.window_ends_at, row.locked_until = tally.attempts, tally.window_ends_at, tally.locked_until
    return True


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
