"""Refusals about a policy that comes as a file."""

from collections.abc import Iterable
from typing import NamedTuple

from common.errors import Invalid


class Fault(NamedTuple):
    """What is wrong, and in which line: the first is 1, and 0 is none."""

    line: int
    words: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.words}" if self.line else self.words


class InvalidPolicyFile(Invalid):
    """All that is wrong with it, in the order of its lines."""

    code = "invalid_policy_file"
    title = "The policy file cannot stand as it is"

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: fault.line))
        super().__init__("\n".join(map(str, self.faults)))
