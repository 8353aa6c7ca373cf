"""How the signing keys stand in the database: what comes next, whether rotation is overdue, which of them cannot be opened."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from common import encryption
from common.errors import Unavailable
from tokens import key_life, keyring
from tokens.key_life import Chain, Lifetimes, Overdue, Step
from tokens.models import SigningKey


def lifetimes() -> Lifetimes:
    # The slowest process publishes a key one reading of the ring late, and a cache may have asked it just before. One more
    # reading is the margin.
    waits = timedelta(seconds=settings.JWKS_CACHE_SECONDS + 2 * keyring.REFRESH_SECONDS)
    return Lifetimes(waits=waits, signs=settings.SIGNING_KEY_LIFETIME)


def chains() -> list[Chain]:
    """Those of the listed algorithms first, also where they have no key yet; then those that are no longer listed."""
    found: dict[str, list[SigningKey]] = defaultdict(list)
    for key in SigningKey.objects.defer("sealed_private_key").order_by("id"):
        found[key.algorithm].append(key)
    listed = settings.SIGNING_ALGORITHMS
    names = [*listed, *sorted(found.keys() - set(listed))]
    return [Chain(algorithm=name, keys=found[name], is_listed=name in listed) for name in names]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One key, and what comes next for it. `is_readable`: one of ENCRYPTION_KEYS opens its private half."""

    kid: str
    algorithm: str
    state: str
    created_at: datetime
    signs_since: datetime | None
    verifies_until: datetime | None
    next_step: Step
    next_at: datetime
    is_readable: bool


def standings() -> Iterator[Standing]:
    lives, closed = lifetimes(), unreadable()
    for chain in chains():
        for key in chain.keys:
            step = key_life.next_of(key, chain, lives=lives)
            yield Standing(
                kid=key.kid,
                algorithm=key.algorithm,
                state=key.state,
                created_at=key.created_at,
                signs_since=key.activated_at,
                verifies_until=key.verifies_until,
                next_step=step.step,
                next_at=step.since,
                is_readable=key.kid not in closed,
            )


def overdue(*, at: datetime) -> Mapping[str, Overdue]:
    """Why, by algorithm; empty while all is in time."""
    reasons = {chain.algorithm: key_life.overdue(chain, lives=lifetimes(), at=at) for chain in chains()}
    return {algorithm: reason for algorithm, reason in reasons.items() if reason}


def words_for(late: Mapping[str, Overdue]) -> str:
    reasons = "; ".join(f"{algorithm}: {reason}" for algorithm, reason in late.items())
    return f"The rotation of signing keys is overdue ({reasons}). Does beat run?"


def unreadable() -> frozenset[str]:
    """The ids of the keys that none of ENCRYPTION_KEYS opens: they verify, and cannot sign."""
    sealed = SigningKey.objects.values_list("kid", "sealed_private_key")
    return frozenset(kid for kid, private in sealed if not _opens(bytes(private)))


def _opens(sealed: bytes) -> bool:
    try:
        encryption.decrypt(sealed)
    except Unavailable:
        return False
    return True
