"""Takes the fields out of one tree, and notes all that is wrong with them instead of stopping at the first. Pure."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from common import scopes, text
from common.errors import InvalidScope
from rbac.errors.policy_files import Fault
from rbac.policy_files.documents import Reference
from rbac.policy_files.trees import Fields, Items, Node, Text

NUMBER = re.compile(r"[0-9]{1,6}")
Check = Callable[[str], str | None]
"""What is wrong with a word, in words that follow after "is"; None where nothing is."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What reading brings beside values: what is wrong, and what the file names without making it."""

    faults: list[Fault] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)


class Form:
    """The fields of one thing in the file. What it cannot read it gives back as if it had been left out."""

    def __init__(self, node: Node, *, known: Iterable[str], findings: Findings) -> None:
        self.line, self.findings = node.line, findings
        self.is_readable = isinstance(node, Fields)
        self.fields: dict[str, Node] = node.by_name if isinstance(node, Fields) else {}
        if not isinstance(node, Fields):
            self.note(node.line, f"fields are wanted here, such as {next(iter(known))}: …")
            return
        for name in self.fields.keys() - set(known):
            self.note(node.lines[name], f"there is no field {quoted(name)} here; there are {', '.join(known)}")

    def note(self, line: int, words: str) -> None:
        self.findings.faults.append(Fault(line, words))

    def refer(self, kind: str, name: str, line: int) -> None:
        self.findings.references.append(Reference(kind, name, line))

    def has(self, name: str) -> bool:
        return name in self.fields

    def word(self, name: str, check: Check, *, default: str | None = None) -> str:
        """One word in a form of its own. Without a default it must be there."""
        node = self._given(name)
        if node is None:
            if default is None and self.is_readable:
                self.note(self.line, f"{name} is missing")
            return default or ""
        return self._checked(name, node, check) or default or ""

    def prose(self, name: str, *, limit: int) -> str:
        """Text for people, in NFC."""
        node = self._given(name)
        if node is None:
            return ""

        def check(said: str) -> str | None:
            if flaw := text.flaw(said, multiline=True):
                return f"must not contain {flaw}"
            return f"has more than {limit} characters" if len(said) > limit else None

        return unicodedata.normalize("NFC", self._checked(name, node, check) or "")

    def number(self, name: str, *, most: int) -> int | None:
        node = self._given(name)
        if node is None:
            return None
        said = node.said if isinstance(node, Text) and node.is_plain and NUMBER.fullmatch(node.said) else "0"
        if not 1 <= int(said) <= most:
            self.note(node.line, f"{name} is a whole number from 1 to {most}")
            return None
        return int(said)

    def words(self, name: str, check: Check) -> list[tuple[str, int]]:
        """The words of a list, each once, with their lines."""
        found: dict[str, int] = {}
        for node in self.items(name):
            said = self._checked(name, node, check)
            if said in found:
                self.note(node.line, f"{quoted(said)} stands in {name} twice, first in line {found[said]}")
            elif said:
                found[said] = node.line
        return list(found.items())

    def items(self, name: str) -> tuple[Node, ...]:
        node = self._given(name)
        if node is None or isinstance(node, Items):
            return node.each if node else ()
        self.note(node.line, f"{name} is a list: lines that begin with a dash")
        return ()

    def _given(self, name: str) -> Node | None:
        node = self.fields.get(name)
        return None if isinstance(node, Text) and node.is_nothing else node

    def _checked(self, name: str, node: Node, check: Check) -> str | None:
        if not isinstance(node, Text):
            self.note(node.line, f"{name} is text, not a list or fields")
            return None
        fault = check(node.said)
        if fault:
            self.note(node.line, f"{name} {quoted(node.said)} {fault}")
        return None if fault else node.said


def a_scope(said: str) -> str | None:
    try:
        scopes.checked(said)
    except InvalidScope as fault:
        return f"is no scope. {fault.detail}"
    return None


def one_of(*choices: str) -> Check:
    return lambda said: None if said in choices else f"is none of {', '.join(choices)}"


def quoted(said: str) -> str:
    """Fit for a terminal and for a log, however it came."""
    return f"“{text.printable(said, limit=80)}”"
