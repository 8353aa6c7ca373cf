"""What a plan says to the one who reads it: lines, each with the tone in which it is said. Pure."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from common.text import printable
from rbac.policy_files.differences import Comparison, Difference, Step, Verb
from rbac.policy_files.documents import Part
from rbac.policy_files.effects import Effect
from rbac.policy_files.writing import FILE_NAMES

MOST_NAMES = 10
LONGEST = 200


class Tone(StrEnum):
    PLAIN = "plain"
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class Line(NamedTuple):
    tone: Tone
    words: str


TONES = {Verb.ADD: Tone.ADDED, Verb.CHANGE: Tone.CHANGED, Verb.REMOVE: Tone.REMOVED}
SIGNS = {Verb.ADD: "+", Verb.CHANGE: "~", Verb.REMOVE: "-"}


def of_comparison(comparison: Comparison) -> Iterator[Line]:
    for step in comparison.steps:
        yield Line(TONES[step.verb], f"{SIGNS[step.verb]} {_name(step.part)}")
        if step.verb is not Verb.REMOVE:
            yield from _details(step)
    for part in comparison.left_alone:
        yield Line(Tone.PLAIN, f"  {_name(part)} is not in the file and left alone; --prune removes it")


def of_effects(effects: Sequence[Effect]) -> Iterator[Line]:
    """Everybody counted, the first ten named."""
    for each in effects:
        sign, verb, tone = ("+", "gain", Tone.ADDED) if each.is_gain else ("-", "lose", Tone.REMOVED)
        who = f"1 {verb}s" if len(each.who) == 1 else f"{len(each.who)} {verb}"
        yield Line(tone, f"{sign} {who} {', '.join(each.patterns)} at {each.scope} by {each.role}: {_names(each.who)}")


def summary(comparison: Comparison) -> str:
    count = {verb: sum(step.verb is verb for step in comparison.steps) for verb in Verb}
    return f"{count[Verb.ADD]} to add, {count[Verb.CHANGE]} to change, {count[Verb.REMOVE]} to remove"


def _details(step: Step) -> Iterator[Line]:
    for difference in step.differences:
        name = FILE_NAMES.get(difference.field, difference.field)
        if difference.added or difference.removed:
            yield from _listed(name, difference)
        elif step.verb is Verb.ADD:
            yield Line(Tone.ADDED, f"    {name}: {_value(difference.after)}")
        else:
            yield Line(Tone.CHANGED, f"    {name}: {_value(difference.before)} → {_value(difference.after)}")


def _listed(name: str, difference: Difference) -> Iterator[Line]:
    yield from (Line(Tone.ADDED, f"    {name}: + {each}") for each in difference.added)
    yield from (Line(Tone.REMOVED, f"    {name}: - {each}") for each in difference.removed)


def _value(value: Any) -> str:
    return "nothing" if value in ("", None) else printable(str(value), limit=LONGEST)


def _names(who: Sequence[str]) -> str:
    named = ", ".join(who[:MOST_NAMES])
    return f"{named} and {len(who) - MOST_NAMES} more" if len(who) > MOST_NAMES else named


def _name(part: Part) -> str:
    return f"{part.kind} {part.name}"
