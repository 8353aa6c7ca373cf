"""Who gains what by a change of the policy, and who loses what. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from common import permissions, scopes


class Power(NamedTuple):
    """A pattern in somebody's hands: by which role (the one assigned), and where."""

    role: str
    scope: str
    pattern: str

    def covers(self, other: "Power") -> bool:
        return permissions.covers(self.pattern, other.pattern) and scopes.covers(self.scope, other.scope)


Powers = frozenset[Power]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Effect:
    """`patterns` are gained or lost at `scope` by everybody in `who`, in the order of their names."""

    is_gain: bool
    role: str
    scope: str
    patterns: tuple[str, ...]
    who: tuple[str, ...]


def effects(before: Mapping[str, Powers], after: Mapping[str, Powers]) -> list[Effect]:
    """What somebody keeps by another role is neither gained nor lost."""
    found = []
    for (old, new), who in _alike(before, after).items():
        found += [_effect(True, by, who) for by in _grouped(_uncovered(new, by=old))]
        found += [_effect(False, by, who) for by in _grouped(_uncovered(old, by=new))]
    return sorted(_merged(found), key=lambda each: (not each.is_gain, each.role, each.scope, each.patterns))


def _alike(before: Mapping[str, Powers], after: Mapping[str, Powers]) -> dict[tuple[Powers, Powers], list[str]]:
    """People by what they held and hold: thousands in one role are compared once."""
    found: dict[tuple[Powers, Powers], list[str]] = {}
    for name in before.keys() | after.keys():
        pair = before.get(name, frozenset()), after.get(name, frozenset())
        if pair[0] != pair[1]:
            found.setdefault(pair, []).append(name)
    return found


def _uncovered(powers: Powers, *, by: Powers) -> Iterator[Power]:
    return (one for one in powers if not any(other.covers(one) for other in by))


def _grouped(powers: Iterator[Power]) -> list[tuple[str, str, tuple[str, ...]]]:
    found: dict[tuple[str, str], list[str]] = {}
    for one in powers:
        found.setdefault((one.role, one.scope), []).append(one.pattern)
    return [(role, scope, tuple(sorted(patterns))) for (role, scope), patterns in found.items()]


def _effect(is_gain: bool, by: tuple[str, str, tuple[str, ...]], who: list[str]) -> Effect:
    role, scope, patterns = by
    return Effect(is_gain=is_gain, role=role, scope=scope, patterns=patterns, who=tuple(who))


def _merged(found: list[Effect]) -> Iterator[Effect]:
    who: dict[tuple[bool, str, str, tuple[str, ...]], list[str]] = {}
    for each in found:
        who.setdefault((each.is_gain, each.role, each.scope, each.patterns), []).extend(each.who)
    for (is_gain, role, scope, patterns), names in who.items():
        yield Effect(is_gain=is_gain, role=role, scope=scope, patterns=patterns, who=tuple(sorted(names)))
