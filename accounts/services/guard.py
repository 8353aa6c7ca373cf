"""Who may try a password now. Counts stand in the database and are committed before any password is looked at."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Case, CharField, DateTimeField, F, IntegerField, Q, When
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThanOrEqual, LessThanOrEqual
from django.utils.crypto import salted_hmac

from accounts import addresses, lockout
from accounts.lockout import Policy, Tally
from accounts.models import SignInCounter
from common.actors import Actor
from common.networks import network_of
from common.statements import Change, Given
from common.writes import Upsert

AT, WINDOW_ENDS, LOCK_ENDS = (Given(name, DateTimeField()) for name in ("at", "window_ends", "lock_ends"))
IS_ACCOUNT = Q(key=Given("account", CharField()))
# `lockout.count`, as the database does it: counting is one statement, so nobody slips in between a look and a write.
IS_OVER = LessThanOrEqual(Coalesce("locked_until", "window_ends_at"), AT)
ATTEMPTS = Case(When(IS_OVER, then=1), default=F("attempts") + 1)
LIMIT = Case(When(IS_ACCOUNT, then=Given("account_limit", IntegerField())), default=Given("limit", IntegerField()))
TRY = Upsert(
    SignInCounter,
    Change(
        lambda: SignInCounter.objects.filter(Q(IS_OVER) | Q(locked_until=None)),
        lambda: {
            "attempts": ATTEMPTS,
            "window_ends_at": Case(When(IS_OVER, then=WINDOW_ENDS), default=F("window_ends_at")),
            "locked_until": Case(When(GreaterThanOrEqual(ATTEMPTS, LIMIT), then=LOCK_ENDS), default=None),
        },
    ),
    tell=("key", "locked_until"),
)
# What was tried at an account is forgotten; of its network's tries one, which turned out right.
GIVE_BACK = Upsert(
    SignInCounter,
    Change(
        lambda: SignInCounter.objects.filter(attempts__gt=0),
        lambda: {
            "attempts": Case(When(IS_ACCOUNT, then=0), default=F("attempts") - 1),
            "window_ends_at": Case(When(IS_ACCOUNT, then=AT), default=F("window_ends_at")),
            "locked_until": None,
        },
    ),
    tell=("key",),
)
FORGET = Change(
    lambda: SignInCounter.objects.filter(key=Given("key", CharField()), attempts__gt=0),
    lambda: {"attempts": 0, "window_ends_at": AT, "locked_until": None},
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
    account, network = _keys(address, actor)
    # Durable: a count that some outer transaction could roll back, or that would hold its lock while hashing, is none.
    with transaction.atomic(durable=True):
        locks = _count(account, network, at=at)
        if network and network not in locks:
            transaction.set_rollback(True)
            return Admission(allowed=False)
    return Admission(account in locks, locks.get(account))


def forget(address: str, *, at: datetime) -> bool:
    """Open the account of `address` again. True when tries were counted there. What its network tried stays counted."""
    return bool(FORGET.run(key=_account_key(address), at=at))


def give_back(address: str, *, actor: Actor, at: datetime) -> None:
    """Forget the tries at the account of `address`, and take one, which turned out right, off the actor's network.

    Else an office of a hundred would lock itself out.
    """
    account, network = _keys(address, actor)
    rows = (_row(key, Tally(0, at)) for key in (account, network) if key)
    GIVE_BACK.run(*rows, account=account, at=at)


def pseudonym(address: str) -> UUID:
    """An id for an address without an account, so that tries at it can be seen together and nobody reads it."""
    return UUID(_digest(address)[:32])


def _count(account: str, network: str, *, at: datetime) -> dict[str, datetime | None]:
    """Count one more try wherever that is let through, and tell which those are, and until when each locks now."""
    policies = {account: _account_policy(), **({network: _network_policy()} if network else {})}
    given = {
        "account_limit": settings.SIGN_IN_ACCOUNT_LIMIT,
        "limit": settings.SIGN_IN_ADDRESS_LIMIT,
        "window_ends": at + settings.SIGN_IN_WINDOW,
        "lock_ends": at + settings.SIGN_IN_LOCK,
    }
    # The same whether or not there are rows yet, or its time would tell who has ever signed in. The account comes first for
    # everybody, or two could wait for each other.
    rows = (_row(key, lockout.first(policy, at=at)) for key, policy in policies.items())
    return dict(TRY.rows(*rows, account=account, at=at, **given))


def _row(key: str, tally: Tally) -> SignInCounter:
    return SignInCounter(key, tally.attempts, tally.window_ends_at, tally.locked_until)


def _account_policy() -> Policy:
    return Policy(settings.SIGN_IN_ACCOUNT_LIMIT, settings.SIGN_IN_WINDOW, settings.SIGN_IN_LOCK)


def _network_policy() -> Policy:
    return Policy(settings.SIGN_IN_ADDRESS_LIMIT, settings.SIGN_IN_WINDOW, settings.SIGN_IN_LOCK)


def _keys(address: str, actor: Actor) -> tuple[str, str]:
    """Of the account and of the network; "" where the actor has no address."""
    return _account_key(address), _network_key(actor.ip) if actor.ip else ""


def _account_key(address: str) -> str:
    return f"account:{_digest(address)}"


def _network_key(ip: str) -> str:
    return f"network:{network_of(ip)}"


def _digest(address: str) -> str:
    # Keyed, because addresses can be guessed: a copy of the table does not tell who was tried.
    known_as = addresses.canonical_or_blank(address) or address
    return salted_hmac("accounts.guard", known_as.encode("utf-8", "surrogatepass"), algorithm="sha256").hexdigest()
