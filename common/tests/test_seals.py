"""Only what we sealed ourselves, for that place, is believed."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import seals

PLACE = "identity:standing:1:user:alice"
ANSWER = {"until": None, "stamps": ["a", "b"], "at": 1.5}
SEALED = b'{"until":null,"stamps":["a","b"],"at":1.5}'
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
PLACES = st.text(st.characters(exclude_categories=["Cs"]))


@given(PLACES, st.dictionaries(st.text(), JSON, max_size=4))
def test_what_was_sealed_is_opened_at_its_place(place: str, answer: dict[str, Any]) -> None:
    assert seals.opened(place, seals.sealed(place, answer)) == answer


@given(PLACES, PLACES)
def test_what_was_sealed_for_one_place_is_empty_at_any_other(place: str, other: str) -> None:
    assert seals.opened(other, seals.sealed(place, ANSWER)) == ({} if other != place else ANSWER)


@pytest.mark.parametrize("flipped", [0x01, 0x20, 0x80, 0xFF])
def test_a_change_of_any_byte_empties_it(flipped: int) -> None:
    sealed = seals.sealed(PLACE, ANSWER)
    changed = [sealed[:n] + bytes([sealed[n] ^ flipped]) + sealed[n + 1 :] for n in range(len(sealed))]

    assert len(changed) == seals.SEAL_BYTES + len(SEALED)
    assert [seals.opened(PLACE, each) for each in changed] == [{}] * len(changed)


def test_whatever_is_cut_off_or_put_on_empties_it() -> None:
    sealed = seals.sealed(PLACE, ANSWER)
    cut = [sealed[:n] for n in range(len(sealed))] + [sealed[n:] for n in range(1, len(sealed))]

    assert [seals.opened(PLACE, each) for each in [*cut, sealed + b" ", b" " + sealed]] == [{}] * (len(cut) + 2)


@given(st.binary(max_size=200))
def test_what_somebody_else_put_there_is_empty(found: bytes) -> None:
    assert seals.opened(PLACE, found) == {}


def test_nothing_is_empty() -> None:
    assert seals.opened(PLACE, b"") == {}


def test_a_server_with_another_secret_key_believes_nothing_of_it(settings: Any) -> None:
    sealed = seals.sealed(PLACE, ANSWER)
    ours = settings.SECRET_KEY
    settings.SECRET_KEY = ours + "x"
    assert seals.opened(PLACE, sealed) == {}

    settings.SECRET_KEY = ours

    assert seals.opened(PLACE, sealed) == ANSWER
