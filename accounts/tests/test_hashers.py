from typing import Any

import argon2
import pytest
from django.contrib.auth.hashers import check_password, identify_hasher, make_password

from accounts.hashers import LONGEST, Argon2idHasher

PASSWORD = "correct horse battery staple"


@pytest.fixture(autouse=True)
def _argon2(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["accounts.hashers.Argon2idHasher"]
    settings.ARGON2_MEMORY_KIB, settings.ARGON2_TIME, settings.ARGON2_PARALLELISM = 64, 2, 1


def test_a_hash_is_argon2id_with_the_settings_parameters() -> None:
    assert "$argon2id$v=19$m=64,t=2,p=1$" in make_password(PASSWORD)


def test_a_right_password_matches_and_a_wrong_one_does_not() -> None:
    encoded = make_password(PASSWORD)
    assert check_password(PASSWORD, encoded)
    assert not check_password(PASSWORD + " ", encoded)


@pytest.mark.parametrize("typed", ["", PASSWORD, "caf\u00e9 \U0001f682", "a\0b", "x" * 5000])
@pytest.mark.parametrize("lanes", [1, 2])
def test_others_who_know_argon2_find_our_hashes_right(settings: Any, typed: str, lanes: int) -> None:
    settings.ARGON2_PARALLELISM = lanes
    encoded = make_password(typed)

    assert argon2.PasswordHasher().verify(encoded.removeprefix("argon2"), typed)
    assert identify_hasher(encoded).decode(encoded)["parallelism"] == lanes


@pytest.mark.parametrize("salt_length", [8, 16, 22])
@pytest.mark.parametrize("lanes", [1, 2, 4])
@pytest.mark.parametrize("now", [1, 2])
def test_we_find_theirs_right_and_what_was_stored_before(settings: Any, lanes: int, salt_length: int, now: int) -> None:
    theirs = argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=lanes, salt_len=salt_length)
    settings.ARGON2_PARALLELISM = now

    encoded = f"argon2{theirs.hash(PASSWORD)}"

    assert check_password(PASSWORD, encoded)
    assert not check_password(PASSWORD[:-1], encoded)


def test_one_that_was_made_elsewhere_may_be_longer_than_libsodium_reads() -> None:
    made = argon2.PasswordHasher(1, 64, 1, hash_len=64, salt_len=32).hash(PASSWORD)

    assert len(made) > LONGEST
    assert check_password(PASSWORD, f"argon2{made}")
    assert not check_password("wrong", f"argon2{made}")


def test_a_hash_that_somebody_broke_matches_nothing() -> None:
    encoded = make_password(PASSWORD)
    assert not check_password(PASSWORD, encoded[:-1])
    assert not check_password(PASSWORD, encoded.replace("m=64", "m=65"))


def test_a_hash_as_it_is_made_today_is_not_due_for_renewal_and_no_two_are_the_same() -> None:
    first, second = make_password(PASSWORD), make_password(PASSWORD)
    assert first != second
    assert not identify_hasher(first).must_update(first)


def test_a_hash_of_a_lower_cost_is_due_for_renewal(settings: Any) -> None:
    encoded = make_password(PASSWORD)
    settings.ARGON2_MEMORY_KIB = 128
    assert identify_hasher(encoded).must_update(encoded)


@pytest.mark.parametrize(("now", "owed"), [(256, 192), (65, 8), (64, 0), (32, 0)])
def test_a_refusal_at_a_cheaper_hash_owes_what_it_saved(settings: Any, now: int, owed: int) -> None:
    encoded = make_password(PASSWORD)
    settings.ARGON2_MEMORY_KIB = now
    assert Argon2idHasher().memory_owed(encoded) == owed
    assert not check_password("something else", encoded)
