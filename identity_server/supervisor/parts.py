"""A part of the server: how it is started, and how one knows that it is ready. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

# What our worker and beat write once they work.
READY = "[ready for work]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One child process. It is ready once it has written `ready_line`, or once `ready_url` answers 200.

    `nice` is how far it stands back behind the others where the processor is short (nice(2)).
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    nice: int = 0
    ready_line: str = ""
    ready_url: str = ""
    ready_words: str = "ready"
