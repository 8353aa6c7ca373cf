import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import permissions

halves = st.from_regex(r"[a-z][a-z0-9_.-]{0,79}", fullmatch=True)


@pytest.mark.parametrize(
    ("text", "is_name", "is_pattern"),
    [
        ("invoice:approve", True, True),
        ("a1_.-:b1_.-", True, True),
        ("invoice:*", False, True),
        ("*:view", False, True),
        ("*:*", False, True),
        ("*", False, False),
        ("invoice", False, False),
        ("invoice:", False, False),
        (":approve", False, False),
        ("a:b:c", False, False),
        ("inv*:view", False, False),
        ("Invoice:approve", False, False),
        ("1a:b", False, False),
        ("a:b\n", False, False),
        (" a:b", False, False),
        ("é:b", False, False),
        ("x" * 80 + ":" + "y" * 80, True, True),
        ("x" * 81 + ":y", False, False),
    ],
)
def test_a_permission_is_resource_and_action(text: str, is_name: bool, is_pattern: bool) -> None:
    assert (permissions.is_name(text), permissions.is_pattern(text)) == (is_name, is_pattern)


@pytest.mark.parametrize(
    ("held", "wanted", "covered"),
    [
        ("invoice:approve", "invoice:approve", True),
        ("invoice:*", "invoice:approve", True),
        ("*:view", "invoice:view", True),
        ("*:*", "invoice:approve", True),
        ("*:*", "invoice:*", True),
        ("*:*", "*:view", True),
        ("invoice:*", "invoice:*", True),
        ("invoice:approve", "invoice:view", False),
        ("invoice:approve", "invoice:*", False),
        ("invoice:*", "*:approve", False),
        ("*:view", "invoice:*", False),
        ("*:view", "*:*", False),
        ("invoice:*", "invoices:view", False),
    ],
)
def test_a_pattern_covers_what_it_names_and_no_more(held: str, wanted: str, covered: bool) -> None:
    assert permissions.covers(held, wanted) is covered


@given(halves, halves, halves, halves)
def test_a_name_covers_only_itself(resource: str, action: str, other: str, another: str) -> None:
    mine, theirs = f"{resource}:{action}", f"{other}:{another}"

    assert permissions.covers(mine, theirs) is (mine == theirs)
    assert permissions.covers(permissions.EVERYTHING, theirs)


@pytest.mark.parametrize(
    ("held", "bound", "both"),
    [
        ("*:*", "invoice:view", "invoice:view"),
        ("invoice:*", "*:view", "invoice:view"),
        ("invoice:*", "invoice:*", "invoice:*"),
        ("invoice:view", "invoice:change", None),
        ("invoice:*", "user:*", None),
    ],
)
def test_two_patterns_meet_in_what_both_give(held: str, bound: str, both: str | None) -> None:
    assert permissions.meet(held, bound) == both
    assert permissions.meet(bound, held) == both


@given(halves, halves, halves, halves)
def test_what_two_patterns_meet_in_is_covered_by_both(one: str, two: str, three: str, four: str) -> None:
    held, bound = f"{one}:{two}", f"{three}:{four}"

    both = permissions.meet(held, bound)

    assert both is None or (permissions.covers(held, both) and permissions.covers(bound, both))
