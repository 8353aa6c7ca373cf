"""YAML read as less than YAML, so that a file means one thing."""

import pytest
import yaml

from rbac.errors.policy_files import Fault, InvalidPolicyFile
from rbac.policy_files import trees
from rbac.policy_files.trees import Fields, Items, Text

LOADERS = [yaml.SafeLoader, trees.LOADER]


def refusal_of(text: str, loader: type = trees.LOADER) -> str:
    with pytest.raises(InvalidPolicyFile) as refused:
        trees.read(text, [], loader=loader)
    return refused.value.detail


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize("said", ["no", "on", "2026", "12:30", "0x10", "1_000", "2026-01-01", ".inf", "é"])
def test_text_stays_what_was_written(said: str, loader: type) -> None:
    assert trees.read(said, [], loader=loader) == Text(1, said, is_plain=True)


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize("said", ["", "~", "null"])
def test_nothing_is_nothing_unless_it_is_quoted(said: str, loader: type) -> None:
    found = trees.read(f"- {said}\n- '{said}'", [], loader=loader)

    assert isinstance(found, Items)
    assert [each.is_nothing for each in found.each if isinstance(each, Text)] == [True, False]


@pytest.mark.parametrize("loader", LOADERS)
def test_each_part_knows_its_line(loader: type) -> None:
    found = trees.read("# a comment\na: 1\n\nb:\n  - x\n  - y\n", [], loader=loader)

    assert isinstance(found, Fields)
    assert found.lines == {"a": 2, "b": 4}
    assert found.by_name["b"] == Items(5, (Text(5, "x", is_plain=True), Text(6, "y", is_plain=True)))


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "line 1: the file is empty"),
        ("# nothing\n", "line 1: the file is empty"),
        ("a: 1\n---\nb: 2\n", "line 2: a second document begins"),
        ("a: 1\nb: &x [1]\n", "line 2: anchors and aliases"),
        ("a: 1\nb: *x\n", "line 2: anchors and aliases"),
        ("a: !!python/object/apply:os.system [id]\n", "line 1: tags"),
        ("a: !!str 1\n", "line 1: tags"),
        ("a: [1\n", "this is not YAML"),
        ("a: 1\n b: 2\n", "line 2: this is not YAML"),
        ("a: 1\n\tb: 2\n", "line 2: this is not YAML"),
        ("[" * 100_000, "line 1: this lies deeper"),
        ("- " * 100_000, "line 1: this lies deeper"),
        ("{a: " * 100_000, "line 1: this lies deeper"),
        ("? " * 100_000, "line 1: this lies deeper"),
        ("a: \x07\n", "this is not YAML: a character"),
        ("a: \x00\n", "this is not YAML: a character"),
    ],
)
def test_what_cannot_be_read_on_is_refused_with_its_line(text: str, words: str, loader: type) -> None:
    assert words in refusal_of(text, loader)


def test_a_bomb_of_aliases_is_refused_before_it_unfolds() -> None:
    bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30)
    )

    assert refusal_of(bomb).startswith("line 1: anchors")


def test_fields_that_stand_twice_are_noted_and_the_first_counts() -> None:
    faults: list[Fault] = []

    found = trees.read("a: 1\nb: 2\na: 3\n[x]: 4\n", faults)

    assert isinstance(found, Fields)
    assert found.by_name["a"] == Text(1, "1", is_plain=True)
    assert faults == [Fault(3, "a stands here twice, first in line 1"), Fault(4, "a field is named by a word")]


def test_a_merge_key_is_a_field_like_any_other() -> None:
    found = trees.read("<<: {a: 1}\n", [])

    assert isinstance(found, Fields)
    assert list(found.by_name) == ["<<"]
