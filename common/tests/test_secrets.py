from hypothesis import given
from hypothesis import strategies as st

from common import secrets


def test_a_secret_carries_its_prefix_and_256_bits() -> None:
    value = secrets.issue("idk").value

    assert value.startswith("idk_")
    assert len(value) == len("idk_") + 43


def test_no_two_secrets_are_alike() -> None:
    assert len({secrets.issue("idk") for _ in range(1000)}) == 1000


def test_the_digest_shows_nothing_and_matches_its_value_alone() -> None:
    issued, other = secrets.issue("idk"), secrets.issue("idk")

    assert issued.value not in issued.digest
    assert secrets.matches(issued.value, issued.digest)
    assert not secrets.matches(other.value, issued.digest)


@given(st.integers(1, 46))
def test_a_piece_of_a_secret_is_not_the_secret(length: int) -> None:
    issued = secrets.issue("idk")

    assert not secrets.matches(issued.value[:length], issued.digest)
    assert not secrets.matches(issued.value + "x", issued.digest)
    assert not secrets.matches(issued.value.swapcase(), issued.digest)


@given(st.text(st.characters()))
def test_any_text_has_a_digest(text: str) -> None:
    assert len(secrets.digest_of(text)) == 64
