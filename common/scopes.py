"""Scopes are paths: `/` is everything, `/acme/eu` lies in `/acme` but not in `/ac`. Each has one spelling. Pure."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from common.errors import InvalidScope

ROOT = "/"
MAX_LENGTH = 400
MAX_DEPTH = 16
SEGMENT = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")


@dataclass(frozen=True, slots=True)
class Place:
    """To ask about a place where there is no object yet, as one asks about an object that lies there."""

    scope: str


def checked(text: str) -> str:
    """The scope, if `text` is one. Other spellings (`/Acme`, `/acme/`) are refused, so equal scopes are equal strings."""
    if text == ROOT:
        return text
    if not text.startswith(ROOT) or len(text) > MAX_LENGTH:
        raise InvalidScope(f"A scope starts with a slash and has at most {MAX_LENGTH} characters.")
    segments = text[1:].split("/")
    if len(segments) > MAX_DEPTH:
        raise InvalidScope(f"A scope is at most {MAX_DEPTH} segments deep.")
    if not all(SEGMENT.fullmatch(segment) for segment in segments):
        raise InvalidScope("Each segment of a scope is 1 to 63 of a-z 0-9 . _ - and starts with a letter or digit.")
    return text


def covers(held: str, wanted: str) -> bool:
    """Whether what holds at `held` holds at `wanted`: the same place, or one below it.

    >>> covers("/acme", "/acme/eu"), covers("/acme", "/acme2"), covers("/acme", "/")
    (True, False, False)
    """
    return held in {ROOT, wanted} or wanted.startswith(f"{held}/")


def topmost(found: Iterable[str]) -> tuple[str, ...]:
    """Those that lie in none of the others: together they cover the same.

    >>> topmost(["/acme/eu", "/acme", "/acme-labs"])
    ('/acme', '/acme-labs')
    """
    known = frozenset(found)
    return tuple(sorted(scope for scope in known if known.isdisjoint(_above(scope))))


def _above(scope: str) -> Iterator[str]:
    while scope != ROOT:
        scope = scope.rpartition("/")[0] or ROOT
        yield scope
