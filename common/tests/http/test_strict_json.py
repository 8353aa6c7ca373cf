import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.http import strict_json
from common.http.strict_json import LARGEST, SMALLEST, Malformed

DEPTH = 32
plain_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
leaves = st.none() | st.booleans() | st.integers(SMALLEST, LARGEST) | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    leaves | plain_text, lambda inner: st.lists(inner) | st.dictionaries(plain_text, inner), max_leaves=10
)


def code_of(body: bytes) -> str:
    with pytest.raises(Malformed) as refused:
        strict_json.loads(body, depth_limit=DEPTH)
    return refused.value.code


@given(values, st.booleans())
def test_whatever_can_be_stored_comes_through_unchanged(value: Any, ascii_only: bool) -> None:
    spelled = json.dumps(value, ensure_ascii=ascii_only).encode()

    assert strict_json.loads(spelled, depth_limit=DEPTH) == value


@given(st.binary())
def test_any_bytes_are_either_a_value_or_refused_in_words(body: bytes) -> None:
    try:
        value = strict_json.loads(body, depth_limit=DEPTH)
    except Malformed as refused:
        value = f"{refused.code}: {refused.detail}"

    json.dumps(value, allow_nan=False).encode()


@given(plain_text, st.sampled_from(["\\u0000", "\\ud800", "\\udfff", "\\udc00\\ud800"]), plain_text, st.booleans())
def test_what_no_database_stores_is_found_wherever_it_hides(before: str, bad: str, after: str, in_key: bool) -> None:
    text = json.dumps(before)[:-1] + bad + json.dumps(after)[1:]
    body = f'[{{"fine": [{{{text}: 1}}]}}]' if in_key else f'[{{"fine": [{text}]}}]'

    assert code_of(body.encode()) == "invalid_character"


def test_a_backslash_before_the_letters_of_an_escape_is_innocent() -> None:
    assert strict_json.loads(rb'["\\u0000", "\ud83d\ude00"]', depth_limit=DEPTH) == [r"\u0000", "\U0001f600"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "malformed_json"),
        (b"{", "malformed_json"),
        (b"{'a': 1}", "malformed_json"),
        (b"[1,]", "malformed_json"),
        (b"1 2", "malformed_json"),
        (b'"a\nb"', "malformed_json"),
        (b'"a\x00b"', "malformed_json"),
        (b"\xef\xbb\xbf{}", "malformed_json"),
        (b"NaN", "malformed_json"),
        (b"[Infinity]", "malformed_json"),
        (b"[-Infinity]", "malformed_json"),
        (b"[1e999]", "number_out_of_range"),
        (b"[9223372036854775808]", "number_out_of_range"),
        (b"[-9223372036854775809]", "number_out_of_range"),
        (b"[" + b"9" * 5000 + b"]", "number_out_of_range"),
        (b'{"a": 1, "a": 1}', "duplicate_key"),
        (b'{"a": 1, "\\u0061": 2}', "duplicate_key"),
        (b'[{"x": {"a": 1, "a": 2}}]', "duplicate_key"),
        (b"\xff\xfe{}", "invalid_utf8"),
        (b'"\xed\xa0\x80"', "invalid_utf8"),
        (b'"\xc0\xaf"', "invalid_utf8"),
        ("{}".encode("utf-16"), "invalid_utf8"),
        ("{}".encode("utf-16-le"), "malformed_json"),
    ],
)
def test_what_is_not_json_in_utf_8_is_refused_with_its_own_code(body: bytes, code: str) -> None:
    assert code_of(body) == code


@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_the_depth_limit_is_exact(opening: bytes, closing: bytes) -> None:
    def nested(depth: int) -> bytes:
        return opening * depth + b"1" + closing * depth

    strict_json.loads(nested(DEPTH), depth_limit=DEPTH)

    assert code_of(nested(DEPTH + 1)) == "too_deep"


@pytest.mark.parametrize(
    "bomb", [b"[" * 100_000, b'{"a":' * 100_000, b"[" * 500_000 + b"]" * 500_000, b'[{"a":' * 99_999]
)
def test_a_nesting_bomb_costs_next_to_nothing(bomb: bytes) -> None:
    begun = time.process_time()

    assert code_of(bomb) == "too_deep"

    assert time.process_time() - begun < 0.1


def test_brackets_in_a_string_are_no_nesting() -> None:
    body = json.dumps({"a": "[" * 1000 + '\\"{' * 1000}).encode()

    assert strict_json.loads(body, depth_limit=DEPTH)["a"].startswith("[[[")


@pytest.mark.parametrize(
    "body", [b"[" + b"0," * 50_000 + b"0]", b"[" + b"[]," * 30_000 + b"[]]", b'"' + b"\\u0041" * 50_000 + b'"']
)
def test_a_wide_body_is_no_deep_one(body: bytes) -> None:
    begun = time.process_time()

    strict_json.loads(body, depth_limit=DEPTH)

    assert time.process_time() - begun < 1.0
