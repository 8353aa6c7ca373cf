"""The life of signing keys, as `key_life` decides it: made, published, signing, retired, gone."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max

from common import encryption
from common.actors import SYSTEM, Actor
from common.errors import FieldError, Invalid, Unavailable
from events.bus import publish
from tokens import key_life, key_watch, keyring
from tokens.events import SigningKeyActivated, SigningKeyAdded, SigningKeyEvent, SigningKeyRemoved, SigningKeyRetired
from tokens.key_life import Next, Step
from tokens.models import KeyState, Session, SigningKey
from tokens.services import key_pairs, resealing
from tokens.services.key_pairs import Pair

# By then every process has read the ring again and every clock agrees that a token is over.
MARGIN = timedelta(seconds=60)
# As many emergencies may be called out at the same moment.
TRIES = 8


class UnknownAlgorithm(Invalid):
    code = "unknown_algorithm"
    title = "We do not sign with this algorithm"


def ensure(*, at: datetime, actor: Actor = SYSTEM, algorithm: str | None = None) -> SigningKey:
    """The key that signs, made if there is none. Of several that start at once, one makes it (a constraint decides)."""
    return _obtain(KeyState.ACTIVE, algorithm or settings.SIGNING_ALGORITHM, actor=actor, at=at)


def rotate(*, actor: Actor, at: datetime, algorithm: str | None = None) -> SigningKey:
    """Publish the next key; it signs once it has been in the key set for JWKS_CACHE_SECONDS (`tend` sees to it).

    Where one has waited for that long already, it takes over now: so rotation goes on by hand where beat does not run.
    """
    wanted = algorithm or settings.SIGNING_ALGORITHM
    if _in_state(KeyState.ACTIVE, wanted) is None:
        return ensure(at=at, actor=actor, algorithm=wanted)
    pending = _obtain(KeyState.PENDING, wanted, actor=actor, at=at)
    if key_life.is_ripe(pending, lives=key_watch.lifetimes(), at=at):
        activate(pending, actor=actor, at=at)
    return pending


def renew(*, actor: Actor, at: datetime, algorithm: str | None = None, emergency: bool = False) -> list[SigningKey]:
    """The keys that take over: the next one of `algorithm`, or of each that is listed; in an emergency all are new, at once."""
    _refuse_unknown(algorithm, emergency=emergency)
    if emergency:
        return replace_all(actor=actor, at=at)
    wanted = [algorithm] if algorithm else settings.SIGNING_ALGORITHMS
    return [rotate(algorithm=each, actor=actor, at=at) for each in wanted]


def replace_all(*, actor: Actor, at: datetime) -> list[SigningKey]:
    """For keys that may be in wrong hands: every key is removed, and with it every token in the world, access and refresh.

    The new ones sign from now on.
    """
    pairs = {algorithm: key_pairs.new(algorithm) for algorithm in settings.SIGNING_ALGORITHMS}
    for _ in range(TRIES):
        # Where somebody made keys at the same moment, nothing was removed. The next try sees them, and they go as well.
        with suppress(IntegrityError):
            return _replace_all(pairs, actor=actor, at=at)
    raise Unavailable("The signing keys are changing at this moment.")


def tend(*, at: datetime, actor: Actor = SYSTEM) -> None:
    """What time asks for. Safe to run twice, and by two at once."""
    for chain in key_watch.chains():
        for step in key_life.due(chain, lives=key_watch.lifetimes(), at=at):
            _take(step, chain.algorithm, actor=actor, at=at)
    resealing.reseal_all()


@transaction.atomic
def activate(pending: SigningKey, *, actor: Actor, at: datetime) -> bool:
    """Hand the signing over. False when somebody else just did."""
    chain = SigningKey.objects.select_for_update().filter(algorithm=pending.algorithm).exclude(state=KeyState.RETIRED)
    # In the order in which all others lock keys, so that nobody waits for somebody who waits for him.
    locked = {key.pk: key for key in chain.order_by("id")}
    if pending.pk not in locked or locked[pending.pk].state != KeyState.PENDING:
        return False
    for old in locked.values():
        retire(old, actor=actor, at=at)
    SigningKey.objects.filter(pk=pending.pk).update(state=KeyState.ACTIVE, activated_at=at)
    pending.state, pending.activated_at = KeyState.ACTIVE, at
    _tell(SigningKeyActivated, pending, actor=actor, at=at)
    return True


@transaction.atomic
def retire(key: SigningKey, *, actor: Actor, at: datetime) -> bool:
    """Let it sign no more, and verify until what it signed is dead. False when it does not sign."""
    ends = {"state": KeyState.RETIRED, "retired_at": at, "verifies_until": _last_token_of(at) + MARGIN}
    retired = SigningKey.objects.filter(pk=key.pk, state=KeyState.ACTIVE).update(**ends)
    if retired:
        _tell(SigningKeyRetired, key, actor=actor, at=at)
    return bool(retired)


def _last_token_of(at: datetime) -> datetime:
    """When the last token that is signed at `at` or before dies: by the settings, or by those that held when it was signed."""
    latest = Session.objects.alive(at=at).aggregate(found=Max("idle_expires_at"))["found"]
    return max(at + settings.REFRESH_IDLE_LIFETIME, at + settings.ACCESS_TOKEN_LIFETIME, latest or at)


@transaction.atomic
def _replace_all(pairs: Mapping[str, Pair], *, actor: Actor, at: datetime) -> list[SigningKey]:
    for old in SigningKey.objects.select_for_update().defer("sealed_private_key").order_by("id"):
        _remove(old, emergency=True, actor=actor, at=at)
    return [_add(KeyState.ACTIVE, algorithm, pair, actor=actor, at=at) for algorithm, pair in pairs.items()]


@transaction.atomic
def _remove(key: SigningKey, *, emergency: bool, actor: Actor, at: datetime) -> None:
    removed, _ = SigningKey.objects.filter(pk=key.pk, state=key.state).delete()
    if removed:
        _tell(SigningKeyRemoved, key, actor=actor, at=at, emergency=emergency)


def _in_state(state: KeyState, algorithm: str) -> SigningKey | None:
    return SigningKey.objects.filter(state=state, algorithm=algorithm).first()


def _obtain(state: KeyState, algorithm: str, *, actor: Actor, at: datetime) -> SigningKey:
    found = _in_state(state, algorithm) or _made_unless_beaten(state, algorithm, actor=actor, at=at)
    found = found or _in_state(state, algorithm)
    if found is None:
        raise Unavailable("The signing keys are changing at this moment.")
    return found


def _made_unless_beaten(state: KeyState, algorithm: str, *, actor: Actor, at: datetime) -> SigningKey | None:
    pair = key_pairs.new(algorithm)
    try:
        return _add(state, algorithm, pair, actor=actor, at=at)
    except IntegrityError:
        return None


@transaction.atomic
def _add(state: KeyState, algorithm: str, pair: Pair, *, actor: Actor, at: datetime) -> SigningKey:
    key = SigningKey.objects.create(
        kid=pair.kid,
        algorithm=algorithm,
        state=state,
        sealed_private_key=encryption.encrypt(pair.private),
        public_jwk=pair.jwk,
        created_at=at,
        activated_at=at if state == KeyState.ACTIVE else None,
    )
    _tell(SigningKeyAdded, key, actor=actor, at=at)
    return key


def _take(due: Next, algorithm: str, *, actor: Actor, at: datetime) -> None:
    made = {Step.MAKE: KeyState.ACTIVE, Step.PUBLISH_NEXT: KeyState.PENDING}
    if due.step in made:
        _obtain(made[due.step], algorithm, actor=actor, at=at)
    elif due.key:
        _KEPT[due.step](due.key, actor=actor, at=at)


_KEPT: Mapping[Step, Callable[..., object]] = {
    Step.ACTIVATE: activate,
    Step.RETIRE: retire,
    Step.REMOVE: partial(_remove, emergency=False),
}


def _refuse_unknown(algorithm: str | None, *, emergency: bool) -> None:
    known = settings.SIGNING_ALGORITHMS
    if algorithm and (emergency or algorithm not in known):
        said = "An emergency replaces the keys of all of them." if emergency else f"One of: {', '.join(known)}."
        raise UnknownAlgorithm(said, errors=[FieldError("algorithm", "invalid_choice", said)])


def _tell(fact: type[SigningKeyEvent], key: SigningKey, *, actor: Actor, at: datetime, **more: bool) -> None:
    publish(fact(subject_id=key.pk, kid=key.kid, algorithm=key.algorithm, **more), actor=actor, at=at)
    # Now for this transaction, and again once the other threads can see what it did.
    keyring.forget()
    transaction.on_commit(keyring.forget)
