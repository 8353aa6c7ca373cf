"""Whatever lies in the file, it is a policy or it is refused with lines: nothing else ever happens."""

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from rbac.errors.policy_files import Fault, InvalidPolicyFile
from rbac.policy_files import checking, claims, reports, trees
from rbac.policy_files.differences import compare
from rbac.policy_files.documents import Document

pytestmark = pytest.mark.wide

WORDS = [
    *("version", "permissions", "roles", "separation_of_duty", "groups", "tests", "name", "title", "description"),
    *(
        "inherits",
        "emergency_minutes",
        "kind",
        "limit",
        "scope",
        "members",
        "role",
        "static",
        "dynamic",
        "1",
        "0",
        "-1",
    ),
    *("clerk", "a:b", "*:*", "/", "/acme", "a@b.org", "user a@b.org may a:b", "no", "~", "null", "", "\x00", "\u202e"),
]
SCALARS = st.sampled_from(WORDS) | st.text(max_size=12) | st.integers() | st.booleans() | st.none() | st.floats()
LIKELY = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=5),
    max_leaves=25,
)
MARKS = [
    ": ",
    "\n",
    "  ",
    "- ",
    "[",
    "]",
    "{",
    "}",
    ",",
    "&a ",
    "*a",
    "!!str ",
    "|\n",
    ">",
    "'",
    '"',
    "#",
    "? ",
    "---",
    "%",
    "\t",
]
SYNTAX = st.lists(st.sampled_from([*WORDS, *MARKS]), max_size=40).map("".join)


def judged(text: str) -> Document | tuple[Fault, ...]:
    try:
        return checking.document(text)
    except InvalidPolicyFile as refused:
        return refused.faults


def fits(answer: Document | tuple[Fault, ...], text: str) -> bool:
    """Either it says something that can be planned and shown, or each fault has its line and is fit to be shown."""
    if isinstance(answer, Document):
        shown = [line.words for line in reports.of_comparison(compare(Document(), answer, prune=True))]
    else:
        last = len(text.splitlines()) + 1
        assert answer
        assert all(1 <= fault.line <= last for fault in answer)
        shown = [fault.words for fault in answer]
    return all(words.isprintable() and len(words) < 1000 for words in shown)


@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    assert fits(judged(text), text)


@given(SYNTAX)
def test_anything_that_looks_like_yaml(text: str) -> None:
    assert fits(judged(text), text)


@given(LIKELY)
def test_any_tree_of_words_that_a_policy_has(content: Any) -> None:
    text = yaml.safe_dump(content, allow_unicode=True)

    assert fits(judged(text), text)


@given(st.dictionaries(st.sampled_from(WORDS[:6]), st.lists(st.dictionaries(st.sampled_from(WORDS[6:18]), SCALARS))))
def test_anything_in_the_places_where_a_policy_has_it(content: dict[str, Any]) -> None:
    text = yaml.safe_dump({**content, "version": 1}, allow_unicode=True)

    assert fits(judged(text), text)


@given(st.text(max_size=80))
def test_any_sentence_is_a_test_or_told_why_not(sentence: str) -> None:
    fault = claims.fault_of(sentence)

    assert fault is None or fault.isprintable()


@pytest.mark.parametrize("loader", [yaml.SafeLoader, trees.LOADER])
@given(text=SYNTAX)
def test_both_readers_refuse_the_same_tricks(loader: type, text: str) -> None:
    try:
        found = trees.read(text, [], loader=loader)
    except InvalidPolicyFile:
        return
    assert not any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=loader))
    assert found.line >= 1


@pytest.mark.parametrize(
    "text", ["tests:\n" + "- user a@b.org may a:b\n" * 20_000, "roles:\n" + "- name: a\n" * 20_000]
)
def test_a_file_with_ten_thousands_of_faults_is_refused_at_once(text: str) -> None:
    faults = judged(text)

    assert isinstance(faults, tuple)
    assert len(faults) == 20_000
