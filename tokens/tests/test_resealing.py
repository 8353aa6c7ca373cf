"""A newer ENCRYPTION_KEYS: all that can be opened comes under it, and what cannot stops nobody."""

from datetime import datetime

import pytest
from cryptography.fernet import Fernet
from pytest_django import DjangoAssertNumQueries, Settings
from structlog.testing import capture_logs

from common import encryption
from tokens import key_watch, keyring
from tokens.models import SigningKey
from tokens.services import keys, resealing
from tokens.services.resealing import Resealed, Sealed

pytestmark = pytest.mark.django_db
OLD, NEW, LOST = (Fernet.generate_key().decode() for _ in range(3))


@pytest.fixture
def two(settings: Settings, noon: datetime) -> list[SigningKey]:
    """Keys of two algorithms, sealed with OLD; now NEW stands before it."""
    settings.ENCRYPTION_KEYS, settings.SIGNING_ALGORITHMS = [OLD], ["ES256", "EdDSA"]
    keys.tend(at=noon)
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    return list(SigningKey.objects.order_by("id"))


def under(key: str, settings: Settings) -> list[bool]:
    settings.ENCRYPTION_KEYS = [key]
    return [encryption.is_current(private) for private in _sealed()]


def _sealed() -> list[bytes]:
    return [bytes(key.sealed_private_key) for key in SigningKey.objects.order_by("id")]


def test_every_key_comes_under_the_newest(two: list[SigningKey], settings: Settings) -> None:
    assert resealing.reseal_all() == Resealed(2, [])

    assert under(NEW, settings) == [True, True]
    assert keyring.signer("EdDSA").private.sign(b"the older key is gone")


def test_beat_does_it(two: list[SigningKey], noon: datetime, settings: Settings) -> None:
    keys.tend(at=noon)

    assert under(NEW, settings) == [True, True]


def test_a_second_run_writes_nothing(two: list[SigningKey], django_assert_num_queries: DjangoAssertNumQueries) -> None:
    resealing.reseal_all()
    before = _sealed()

    with django_assert_num_queries(2):
        assert resealing.reseal_all() == Resealed(0, [])
    assert _sealed() == before


def test_more_than_a_batch_is_done(two: list[SigningKey], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resealing, "BATCH", 1)

    assert resealing.reseal_all().done == 2


def test_what_another_has_just_resealed_is_left_to_him(two: list[SigningKey]) -> None:
    stale = Sealed(two[0].pk, two[0].kid, bytes(two[0].sealed_private_key))
    resealing.reseal_all()
    before = _sealed()

    assert resealing._reseal(stale) == 0
    assert _sealed() == before


def test_a_key_that_nothing_opens_is_named_and_stops_nobody(
    two: list[SigningKey], noon: datetime, settings: Settings
) -> None:
    SigningKey.objects.filter(pk=two[0].pk).update(sealed_private_key=Fernet(LOST).encrypt(b"a"))

    with capture_logs() as lines:
        keys.tend(at=noon)

    assert key_watch.unreadable() == {two[0].kid}
    assert under(NEW, settings) == [False, True]
    assert two[0].kid in str(lines)


def test_what_was_parsed_is_not_taken_for_what_was_resealed(two: list[SigningKey]) -> None:
    before = keyring.signer().halves
    assert keyring.signer().private

    resealing.reseal_all()
    keyring.forget()

    assert keyring.signer().halves is not before
    assert keyring.signer().private.private_numbers() == before.private.private_numbers()
