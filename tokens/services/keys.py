"""The life of signing keys: made, published, signing, retired, gone."""

import hashlib
import json
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from jwt.algorithms import ECAlgorithm

from common import encryption
from common.actors import SYSTEM, Actor
from events.bus import publish
from tokens import keyring
from tokens.events import SigningKeyActivated, SigningKeyAdded, SigningKeyEvent, SigningKeyRemoved, SigningKeyRetired
from tokens.models import KeyState, SigningKey

# By then every process has read the ring again and every clock agrees that a token is over.
MARGIN = timedelta(seconds=60)


def ensure(*, at: datetime, actor: Actor = SYSTEM) -> SigningKey:
    """The key that signs, made if there is none. Of several that start at once, one makes it (a constraint decides)."""
    found = _in_state(KeyState.ACTIVE) or _make_unless_beaten(KeyState.ACTIVE, actor=actor, at=at)
    return found or SigningKey.objects.get(state=KeyState.ACTIVE, algorithm=settings.SIGNING_ALGORITHM)


def rotate(*, actor: Actor, at: datetime, emergency: bool = False) -> SigningKey:
    """Publish the next key; it signs once it has been in the key set for JWKS_CACHE_SECONDS (`tend` sees to it).

    `emergency` is for keys that may be in wrong hands: every key is removed at once, and with it every token in the world,
    access and refresh; the new one signs from now on. Other processes see it within `keyring.REFRESH_SECONDS`.
    """
    if emergency:
        return _replace_all(actor=actor, at=at)
    found = _in_state(KeyState.PENDING) or _make_unless_beaten(KeyState.PENDING, actor=actor, at=at)
    return found or SigningKey.objects.get(state=KeyState.PENDING, algorithm=settings.SIGNING_ALGORITHM)


def tend(*, at: datetime, actor: Actor = SYSTEM) -> None:
    """What time asks for. Safe to run twice, and by two at once."""
    active = ensure(at=at, actor=actor)
    _remove_spent(actor=actor, at=at)
    pending = _in_state(KeyState.PENDING)
    if pending and pending.created_at + _publication() <= at:
        activate(pending, actor=actor, at=at)
    elif not pending and is_due(active, at=at):
        rotate(actor=actor, at=at)


def is_due(active: SigningKey, *, at: datetime) -> bool:
    """Whether its successor must be published now, so as to take over when SIGNING_KEY_LIFETIME runs out."""
    begun = active.activated_at or active.created_at
    return begun + settings.SIGNING_KEY_LIFETIME - _publication() <= at


@transaction.atomic
def activate(pending: SigningKey, *, actor: Actor, at: datetime) -> bool:
    """Hand the signing over. False when somebody else just did."""
    if not SigningKey.objects.select_for_update().filter(pk=pending.pk, state=KeyState.PENDING).exists():
        return False
    for old in SigningKey.objects.filter(state=KeyState.ACTIVE, algorithm=pending.algorithm):
        _retire(old, actor=actor, at=at)
    SigningKey.objects.filter(pk=pending.pk).update(state=KeyState.ACTIVE, activated_at=at)
    _tell(SigningKeyActivated, pending, actor=actor, at=at)
    return True


def _retire(key: SigningKey, *, actor: Actor, at: datetime) -> None:
    longest = max(settings.REFRESH_IDLE_LIFETIME, settings.ACCESS_TOKEN_LIFETIME)
    SigningKey.objects.filter(pk=key.pk).update(
        state=KeyState.RETIRED, retired_at=at, verifies_until=at + longest + MARGIN
    )
    _tell(SigningKeyRetired, key, actor=actor, at=at)


@transaction.atomic
def _replace_all(*, actor: Actor, at: datetime) -> SigningKey:
    for old in SigningKey.objects.select_for_update().order_by("id"):
        _remove(old, emergency=True, actor=actor, at=at)
    return _make(KeyState.ACTIVE, actor=actor, at=at)


@transaction.atomic
def _remove_spent(*, actor: Actor, at: datetime) -> None:
    spent = Q(state=KeyState.RETIRED, verifies_until__lte=at)
    for key in SigningKey.objects.select_for_update().filter(spent).order_by("id"):
        _remove(key, emergency=False, actor=actor, at=at)


def _remove(key: SigningKey, *, emergency: bool, actor: Actor, at: datetime) -> None:
    _tell(SigningKeyRemoved, key, actor=actor, at=at, emergency=emergency)
    SigningKey.objects.filter(pk=key.pk).delete()


def _in_state(state: KeyState) -> SigningKey | None:
    return SigningKey.objects.filter(state=state, algorithm=settings.SIGNING_ALGORITHM).first()


def _make_unless_beaten(state: KeyState, *, actor: Actor, at: datetime) -> SigningKey | None:
    try:
        return _make(state, actor=actor, at=at)
    except IntegrityError:
        return None


@transaction.atomic
def _make(state: KeyState, *, actor: Actor, at: datetime) -> SigningKey:
    private, jwk = _new_pair()
    key = SigningKey.objects.create(
        kid=thumbprint(jwk),
        algorithm=settings.SIGNING_ALGORITHM,
        state=state,
        sealed_private_key=encryption.encrypt(private),
        public_jwk=jwk,
        created_at=at,
        activated_at=at if state == KeyState.ACTIVE else None,
    )
    _tell(SigningKeyAdded, key, actor=actor, at=at)
    return key


def _new_pair() -> tuple[bytes, dict[str, Any]]:
    pair = ec.generate_private_key(ec.SECP256R1())
    private = pair.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return private, ECAlgorithm.to_jwk(pair.public_key(), as_dict=True)


def thumbprint(jwk: dict[str, Any]) -> str:
    """RFC 7638: the same key has the same id everywhere."""
    members = json.dumps(jwk, sort_keys=True, separators=(",", ":"))
    return urlsafe_b64encode(hashlib.sha256(members.encode()).digest()).rstrip(b"=").decode()


def _publication() -> timedelta:
    """How long a key is published before it signs: a cache lifetime, and until the slowest process has read the ring."""
    return timedelta(seconds=settings.JWKS_CACHE_SECONDS + 2 * keyring.REFRESH_SECONDS)


def _tell(fact: type[SigningKeyEvent], key: SigningKey, *, actor: Actor, at: datetime, **more: bool) -> None:
    publish(fact(subject_id=key.pk, kid=key.kid, algorithm=key.algorithm, **more), actor=actor, at=at)
    # Now for this transaction, and again once the other threads can see what it did.
    keyring.forget()
    transaction.on_commit(keyring.forget)
