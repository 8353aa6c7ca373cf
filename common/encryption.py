"""Secrets that must be read back (signing keys, remembered answers): encrypted with `ENCRYPTION_KEYS`, newest first."""

from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from common.errors import Unavailable


@lru_cache(maxsize=4)
def _box(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def encrypt(clear: bytes) -> bytes:
    return _box(tuple(settings.ENCRYPTION_KEYS)).encrypt(clear)


def decrypt(sealed: bytes) -> bytes:
    """The clear bytes; `Unavailable` where none of the keys opens it, as after a restore with other keys."""
    try:
        return _box(tuple(settings.ENCRYPTION_KEYS)).decrypt(bytes(sealed))
    except InvalidToken:
        raise Unavailable("Stored secrets cannot be opened with the given ENCRYPTION_KEYS.") from None


def is_current(sealed: bytes) -> bool:
    """Whether the newest key sealed it, so that the others could go."""
    try:
        _box(tuple(settings.ENCRYPTION_KEYS[:1])).decrypt(bytes(sealed))
    except InvalidToken:
        return False
    return True


def reseal(sealed: bytes) -> bytes:
    """The same secret under the newest key, for the rotation of `ENCRYPTION_KEYS`."""
    try:
        return _box(tuple(settings.ENCRYPTION_KEYS)).rotate(bytes(sealed))
    except InvalidToken:
        raise Unavailable("Stored secrets cannot be opened with the given ENCRYPTION_KEYS.") from None
