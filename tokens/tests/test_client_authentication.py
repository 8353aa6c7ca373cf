"""What a client says of itself, read as RFC 6749, section 2.3.1, has it. Pure."""

from base64 import b64encode
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokens.grants.client_authentication import Presented, presented
from tokens.grants.errors import InvalidClient, InvalidRequest
from tokens.tests.machines import basic

WORDS = st.text(st.characters(codec="utf-8"), max_size=40)


def header(pair: str) -> str:
    return f"Basic {b64encode(pair.encode()).decode()}"


@given(client_id=WORDS, client_secret=WORDS)
def test_whatever_was_encoded_is_read_as_it_was(client_id: str, client_secret: str) -> None:
    assert presented({}, basic(client_id, client_secret)) == Presented(client_id, client_secret)


@given(said=WORDS)
def test_a_header_is_read_or_refused_however_odd_it_is(said: str) -> None:
    for authorization in (said, f"Basic {said}", header(said)):
        with suppress(InvalidClient):
            presented({}, authorization)


@pytest.mark.parametrize(
    ("pair", "read"),
    [
        ("a:b", ("a", "b")),
        ("a:b:c", ("a", "b:c")),
        ("a%3Ab:c%25d", ("a:b", "c%d")),
        ("a+b:c%20d", ("a b", "c d")),
        ("%C3%BC:ü", ("ü", "ü")),
        (":", ("", "")),
        ("a%zz:b", ("a%zz", "b")),
    ],
)
def test_both_halves_are_decoded_after_they_are_parted(pair: str, read: tuple[str, str]) -> None:
    assert presented({}, header(pair)) == Presented(*read)


@pytest.mark.parametrize(
    "authorization", ["Bearer x", "Basic", "Basic a:b", "Basic /w==", "Basic YQ", header("a"), header("%ff:x")]
)
def test_what_cannot_be_read_is_nobody(authorization: str) -> None:
    with pytest.raises(InvalidClient):
        presented({"client_id": "a"}, authorization)


@pytest.mark.parametrize(
    "form", [{"client_secret": "b"}, {"client_id": "other"}, {"client_id": "a", "client_secret": "b"}]
)
def test_two_ways_at_once_are_refused(form: dict[str, str]) -> None:
    with pytest.raises(InvalidRequest):
        presented(form, header("a:b"))


def test_without_a_header_the_body_speaks() -> None:
    assert presented({"client_id": "a", "client_secret": "b"}, "") == Presented("a", "b")
    assert presented({}, "") == Presented("", "")
