"""YAML as trees of text, lists and fields that know their lines. Pure.

Less than YAML, so that a file means one thing: no anchors (a few lines of them unfold to gigabytes), no tags, no field
given twice, and no text that turns into a truth value (`no`) or a time (`12:30`) on its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from common.text import printable
from rbac.errors.policy_files import Fault, InvalidPolicyFile

LOADER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast, where the wheel has it
DEEPEST = 8
NOTHING = frozenset({"", "~", "null"})


@dataclass(frozen=True, slots=True)
class Text:
    line: int
    said: str
    is_plain: bool

    @property
    def is_nothing(self) -> bool:
        return self.is_plain and self.said in NOTHING


@dataclass(frozen=True, slots=True)
class Items:
    line: int
    each: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Fields:
    line: int
    by_name: dict[str, "Node"]
    lines: dict[str, int]


Node = Text | Items | Fields


def read(text: str, faults: list[Fault], *, loader: type = LOADER) -> Node:
    """The one document in `text`. Raises `InvalidPolicyFile` where reading cannot go on; `faults` takes what else is wrong."""
    try:
        return _Reader(yaml.parse(text, Loader=loader), faults).document()
    except yaml.YAMLError as error:
        raise InvalidPolicyFile([_explained(error, text)]) from None


def _explained(error: yaml.YAMLError, text: str) -> Fault:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        return Fault(error.problem_mark.line + 1, f"this is not YAML: {error.problem}")
    position = getattr(error, "position", 0)
    return Fault(text.count("\n", 0, position) + 1, "this is not YAML: a character that may not stand in it")


class _Reader:
    def __init__(self, events: Iterator[yaml.Event], faults: list[Fault]) -> None:
        self.events, self.faults = events, faults

    def document(self) -> Node:
        next(self.events)  # the stream begins
        if isinstance(next(self.events), yaml.StreamEndEvent):
            raise InvalidPolicyFile([Fault(1, "the file is empty")])
        found = self._node(next(self.events), depth=1)
        next(self.events)  # the document ends
        event = next(self.events)
        if not isinstance(event, yaml.StreamEndEvent):
            raise InvalidPolicyFile([Fault(_line(event), "a second document begins; a policy is one")])
        return found

    def _node(self, event: yaml.Event, *, depth: int) -> Node:
        self._refuse_magic(event)
        if isinstance(event, yaml.ScalarEvent):
            return Text(_line(event), event.value, is_plain=not event.style)
        if depth > DEEPEST:
            raise InvalidPolicyFile([Fault(_line(event), "this lies deeper than anything in a policy")])
        if isinstance(event, yaml.SequenceStartEvent):
            return Items(_line(event), tuple(self._items(depth)))
        return self._fields(_line(event), depth)

    def _refuse_magic(self, event: yaml.Event) -> None:
        if getattr(event, "anchor", None):
            raise InvalidPolicyFile([Fault(_line(event), "anchors and aliases (& and *) are not read; write it out")])
        if getattr(event, "tag", None):
            raise InvalidPolicyFile([Fault(_line(event), "tags (!) are not read")])

    def _items(self, depth: int) -> Iterator[Node]:
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            yield self._node(event, depth=depth + 1)

    def _fields(self, line: int, depth: int) -> Fields:
        found = Fields(line, {}, {})
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key, value = self._node(event, depth=depth + 1), self._node(next(self.events), depth=depth + 1)
            if not isinstance(key, Text):
                self.faults.append(Fault(key.line, "a field is named by a word"))
            elif key.said in found.by_name:
                words = f"{printable(key.said, limit=40)} stands here twice, first in line {found.lines[key.said]}"
                self.faults.append(Fault(key.line, words))
            else:
                found.by_name[key.said], found.lines[key.said] = value, key.line
        return found


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1
