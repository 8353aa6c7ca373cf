import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import text


@pytest.mark.parametrize(
    "said",
    ["", "Zoë", "李小龙", "👩‍👩‍👧", "می‌خواهم", "O'Neil <b>", "a b", "שלום", "x" * 10_000],
)
def test_what_people_write_is_fine(said: str) -> None:
    assert text.flaw(said) is None


@pytest.mark.parametrize(
    ("said", "flaw"),
    [
        ("a\x00b", "a NUL character"),
        ("a\ud800", "half of a surrogate pair"),
        ("a\nb", "the character U+000A"),
        ("a\x1b[31m", "the character U+001B"),
        ("a\x7f", "the character U+007F"),
        ("a\x85", "the character U+0085"),
        ("a\u2028b", "the character U+2028"),
        ("a\u202eb", "the character U+202E"),
        ("a\u200bb", "the character U+200B"),
        ("a\u2066b", "the character U+2066"),
        ("\ufeffa", "the character U+FEFF"),
    ],
)
def test_what_deceives_or_breaks_a_line_is_named(said: str, flaw: str) -> None:
    assert text.flaw(said) == flaw


def test_text_of_several_lines_may_break_them() -> None:
    assert text.flaw("a\r\n\tb", multiline=True) is None
    assert text.flaw("a\x0bb", multiline=True) == "the character U+000B"


@given(st.text())
def test_what_has_no_flaw_can_be_stored(said: str) -> None:
    if text.flaw(said) is None:
        assert "\x00" not in said.encode().decode()


@given(st.text(st.characters()), st.integers(0, 50))
def test_a_printable_line_is_one_short_line(said: str, limit: int) -> None:
    line = text.printable(said, limit=limit)

    assert line.isprintable()
    assert len(line) == min(len(said), limit)


def test_what_is_not_printable_becomes_a_question_mark() -> None:
    assert text.printable("curl/8\r\n\x1b[31m", limit=8) == "curl/8??"
