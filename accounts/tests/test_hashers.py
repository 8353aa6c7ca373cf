from typing import Any

import pytest
from django.contrib.auth.hashers import check_password, identify_hasher, make_password

from accounts.hashers import Argon2idHasher

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
