"""Scope paths: what is one, and which lies in which."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import scopes
from common.errors import InvalidScope

SEGMENTS = st.lists(st.from_regex(scopes.SEGMENT, fullmatch=True), max_size=5)


@pytest.mark.parametrize("text", ["/", "/acme", "/acme/eu", "/0/a.b_c-d", "/" + "a" * 63, "/a" * 16])
def test_a_path_of_plain_segments_is_a_scope(text: str) -> None:
    assert scopes.checked(text) == text


@pytest.mark.parametrize(
    "text",
    [
        *("", "acme", "//", "/acme/", "/acme//eu", "/.", "/..", "/acme/..", "/acme/./eu", "/Acme", "/acme eu", "/é"),
        *("/acme\n", "/acme\0", "/%2e", "/-acme", "/_acme", "/" + "a" * 64, "/a" * 17, "/" + "/".join(["a" * 60] * 7)),
    ],
)
def test_whatever_has_another_spelling_or_leads_elsewhere_is_refused(text: str) -> None:
    with pytest.raises(InvalidScope) as refusal:
        scopes.checked(text)

    assert refusal.value.errors[0].field == "scope"


@pytest.mark.parametrize(
    ("held", "wanted", "covered"),
    [
        ("/", "/", True),
        ("/", "/acme/eu", True),
        ("/acme", "/acme", True),
        ("/acme", "/acme/eu/berlin", True),
        ("/acme", "/acme2", False),
        ("/acme", "/ac", False),
        ("/acme", "/", False),
        ("/acme/eu", "/acme", False),
        ("/acme/eu", "/acme/us", False),
    ],
)
def test_a_scope_covers_itself_and_what_lies_in_it(held: str, wanted: str, covered: bool) -> None:
    assert scopes.covers(held, wanted) is covered


@pytest.mark.parametrize(
    ("found", "topmost"),
    [
        ([], ()),
        (["/"], ("/",)),
        (["/acme", "/", "/acme/eu"], ("/",)),
        (["/acme/eu", "/acme-labs", "/acme", "/acme"], ("/acme", "/acme-labs")),
        (["/acme/eu", "/acme/us", "/globex"], ("/acme/eu", "/acme/us", "/globex")),
    ],
)
def test_the_topmost_are_those_that_lie_in_no_other(found: list[str], topmost: tuple[str, ...]) -> None:
    assert scopes.topmost(found) == topmost


@given(st.lists(SEGMENTS, max_size=6), SEGMENTS)
def test_the_topmost_cover_what_all_cover(found: list[list[str]], wanted: list[str]) -> None:
    places, asked = ["/" + "/".join(one) for one in found], "/" + "/".join(wanted)
    covering = [any(scopes.covers(one, asked) for one in some) for some in (places, scopes.topmost(places))]
    assert covering[0] == covering[1]


@given(SEGMENTS, SEGMENTS)
def test_covering_is_being_a_prefix_by_segment(held: list[str], wanted: list[str]) -> None:
    paths = [scopes.checked("/" + "/".join(segments)) for segments in (held, wanted)]

    assert scopes.covers(*paths) == (wanted[: len(held)] == held)
