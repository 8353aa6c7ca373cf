from typing import Any

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from common import encryption
from common.errors import Unavailable

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


@given(st.binary(max_size=200))
def test_what_was_sealed_can_be_read_back(clear: bytes) -> None:
    sealed = encryption.encrypt(clear)

    assert encryption.decrypt(sealed) == clear
    assert len(clear) < 8 or clear not in sealed


def test_a_database_driver_may_hand_back_a_view_of_the_bytes() -> None:
    view: Any = memoryview(encryption.encrypt(b"a"))

    assert encryption.decrypt(view) == b"a"


def test_what_an_older_key_sealed_is_still_read(settings: Any) -> None:
    settings.ENCRYPTION_KEYS = [OLD]
    sealed = encryption.encrypt(b"a")
    settings.ENCRYPTION_KEYS = [NEW, OLD]

    assert encryption.decrypt(sealed) == b"a"


def test_resealing_frees_a_secret_from_the_older_key(settings: Any) -> None:
    settings.ENCRYPTION_KEYS = [OLD]
    sealed = encryption.encrypt(b"a")
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    resealed = encryption.reseal(sealed)
    settings.ENCRYPTION_KEYS = [NEW]

    assert encryption.decrypt(resealed) == b"a"


def test_only_what_the_newest_key_sealed_is_current(settings: Any) -> None:
    settings.ENCRYPTION_KEYS = [OLD]
    sealed = encryption.encrypt(b"a")
    assert encryption.is_current(sealed)

    settings.ENCRYPTION_KEYS = [NEW, OLD]

    assert not encryption.is_current(sealed)
    assert encryption.is_current(encryption.reseal(sealed))


@pytest.mark.parametrize("sealed", [b"", b"x", b"\xff" * 100])
def test_what_was_never_sealed_is_not_current(sealed: bytes) -> None:
    assert not encryption.is_current(sealed)


@pytest.mark.parametrize("open_", [encryption.decrypt, encryption.reseal])
def test_with_other_keys_it_is_unavailable_and_nothing_is_told(settings: Any, open_: Any) -> None:
    sealed = encryption.encrypt(b"a")
    settings.ENCRYPTION_KEYS = [NEW]

    with pytest.raises(Unavailable, match="ENCRYPTION_KEYS"):
        open_(sealed)


@pytest.mark.parametrize("sealed", [b"", b"x", b"\xff" * 100])
def test_what_was_never_sealed_is_unavailable_too(sealed: bytes) -> None:
    with pytest.raises(Unavailable):
        encryption.decrypt(sealed)
