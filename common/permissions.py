"""The vocabulary of permissions: `resource:action`, and wildcards. Pure.

A *name* is concrete (`invoice:approve`). A *pattern* may put `*` for the whole of either half (`invoice:*`, `*:view`, `*:*`).
"""

import re
from collections.abc import Iterable
from typing import Final

NAME = re.compile(r"[a-z][a-z0-9_.-]{0,79}:[a-z][a-z0-9_.-]{0,79}")
PATTERN = re.compile(r"(\*|[a-z][a-z0-9_.-]{0,79}):(\*|[a-z][a-z0-9_.-]{0,79})")
ANY = "*"
EVERYTHING = "*:*"

# In the place of an object: whether she holds the permission at some place at least.
ANYWHERE: Final = object()

# What guards our own routes beside the permissions that mirror Django's models. An app that needs one more names it here.
NAMED = {
    "decision:evaluate": "Ask what somebody else may do",
    "delivery:retry": "Hand an event to its subscriber once more",
    "role_request:break_glass": "Take an emergency role at once, without approval",
    "session:end": "Sign somebody out of a session",
    "token:introspect": "Ask whether somebody's token is good, and whose it is",
    "signing_key:rotate": "Put the next signing key in the place of the present one",
    "user:send_password_reset": "Have a person mailed a link to set a new password, or her invitation again",
    "user:unlock": "Let a person try her password again before her lock ends",
}


def is_name(text: str) -> bool:
    return NAME.fullmatch(text) is not None


def is_pattern(text: str) -> bool:
    """Whether `text` is a name or a wildcard."""
    return PATTERN.fullmatch(text) is not None


def covers(held: str, wanted: str) -> bool:
    """Whether holding the pattern `held` gives all of `wanted`, which may be a name or itself a pattern.

    >>> covers("invoice:*", "invoice:approve"), covers("invoice:approve", "invoice:*")
    (True, False)
    """
    held_resource, _, held_action = held.partition(":")
    resource, _, action = wanted.partition(":")
    return held_resource in {ANY, resource} and held_action in {ANY, action}


def meet(held: str, bound: str) -> str | None:
    """The pattern for what both give; None where they have nothing in common.

    >>> meet("invoice:*", "*:view"), meet("invoice:view", "user:view")
    ('invoice:view', None)
    """
    pairs = zip(held.split(":"), bound.split(":"), strict=True)
    halves = [_half(*pair) for pair in pairs]
    return None if None in halves else ":".join(half for half in halves if half)


def met(held: Iterable[str], bounds: Iterable[str]) -> frozenset[str]:
    """What all of these together give and all of those do, too."""
    both = (meet(pattern, bound) for pattern in held for bound in bounds)
    return frozenset(pattern for pattern in both if pattern)


def _half(one: str, other: str) -> str | None:
    if ANY in {one, other}:
        return other if one == ANY else one
    return one if one == other else None
