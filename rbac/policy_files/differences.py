"""What would have to happen for the policy that is there to become the one in the file. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from rbac.policy_files.documents import SECTIONS, Document, Part

UNCOMPARED = frozenset({"name", "line"})


class Verb(StrEnum):
    ADD = "add"
    CHANGE = "change"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Of one field: what comes in the place of what, or what comes to a list and what goes from it."""

    field: str
    before: Any = None
    after: Any = None
    added: tuple[Any, ...] = ()
    removed: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """`before` is None where it is new, `after` where it goes."""

    before: Part | None = None
    after: Part | None = None
    differences: tuple[Difference, ...] = ()

    @property
    def part(self) -> Part:
        found = self.after or self.before
        assert found, "a step is about something"  # noqa: S101  for the reader and the type checker
        return found

    @property
    def verb(self) -> Verb:
        if self.before and self.after:
            return Verb.CHANGE
        return Verb.ADD if self.after else Verb.REMOVE

    def of(self, field: str) -> Difference:
        """The difference in that field; an empty one where there is none."""
        return next((each for each in self.differences if each.field == field), Difference(field=field))


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """`left_alone` is there and not in the file."""

    steps: tuple[Step, ...] = ()
    left_alone: tuple[Part, ...] = ()


def compare(present: Document, wanted: Document, *, prune: bool) -> Comparison:
    """With `prune` goes what is missing in a section of the file. A section that is not there says nothing about its kind."""
    said = [section for section in SECTIONS if getattr(wanted, section) is not None]
    found = [_compared(_named(present, section), _named(wanted, section), prune=prune) for section in said]
    return Comparison(
        steps=tuple(step for each in found for step in each.steps),
        left_alone=tuple(part for each in found for part in each.left_alone),
    )


def _compared(before: dict[str, Part], after: dict[str, Part], *, prune: bool) -> Comparison:
    missing = [before[name] for name in sorted(before.keys() - after.keys())]
    steps = [*_wanted(before, after), *(_step(part, None) for part in missing if prune)]
    return Comparison(steps=tuple(steps), left_alone=() if prune else tuple(missing))


def _wanted(before: dict[str, Part], after: dict[str, Part]) -> Iterator[Step]:
    for name in sorted(after):
        step = _step(before.get(name), after[name])
        if step.differences or step.verb is Verb.ADD:
            yield step


def _named(document: Document, section: str) -> dict[str, Part]:
    parts: tuple[Part, ...] = getattr(document, section) or ()
    return {part.name: part for part in parts}


def _step(before: Part | None, after: Part | None) -> Step:
    return Step(before=before, after=after, differences=tuple(_differences(before, after)))


def _differences(before: Part | None, after: Part | None) -> Iterator[Difference]:
    for each in fields(after or before):  # type: ignore[arg-type]  # one of them is there
        old, new = getattr(before, each.name, None), getattr(after, each.name, None)
        says_nothing = after is not None and new is None and each.name == "members"
        if each.name not in UNCOMPARED and not says_nothing and (old or new) and old != new:
            yield _difference(each.name, old, new)


def _difference(field: str, old: Any, new: Any) -> Difference:
    if not isinstance(old or new, frozenset):
        return Difference(field=field, before=old, after=new)
    old, new = old or frozenset(), new or frozenset()
    return Difference(field=field, added=tuple(sorted(new - old)), removed=tuple(sorted(old - new)))
