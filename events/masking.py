"""What may be kept of a failure: its class, its place and its words, without addresses and secrets. Pure."""

import re
import traceback
from pathlib import PurePath

LONGEST = 500

_MASKS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+"), " "),
    (re.compile(r"\b([a-z][a-z0-9+.-]*://)\S+", re.IGNORECASE), r"\1…"),
    (re.compile(r"[^\s@<>()\"',;:]+@"), "…@"),
    (re.compile(r"([\"'])(?:(?!\1).)+\1"), r"\1…\1"),
    (re.compile(r"(?<==)\([^)]*\)"), "(…)"),
    (re.compile(r"\S*[?&#][\w.-]+=\S+"), "…"),
    # How far a secret reaches nobody can tell ("Bearer x", "is x", an escaped quote), so nothing after its name is kept.
    (
        re.compile(
            r"\b([\w-]*(?:passwords?|passwd|passphrase|pwd|secret|token|authorization|bearer|cookie|otp))\b[\s=:].*",
            re.IGNORECASE,
        ),
        r"\1 …",
    ),
    (re.compile(r"\b((?:\w+_)?key)\b[\s=:]+\S+", re.IGNORECASE), r"\1 …"),
    (re.compile(r"[\w+/=-]{20,}"), "…"),
)


def masked(text: str) -> str:
    """One line without addresses, links, quoted values, assigned secrets and long tokens.

    >>> masked("550 <ada@example.org> refused, see https://mx.example/?t=1")
    '550 <…@example.org> refused, see https://…'
    """
    for pattern, mask in _MASKS:
        text = pattern.sub(mask, text)
    return text.strip()


def described(error: BaseException) -> str:
    """As `SMTPDataError: 451 try again later (mail.py:88)`."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({PurePath(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    words = masked(str(error))
    name = f"{type(error).__name__}: {words}" if words else type(error).__name__
    return f"{name[: LONGEST - len(place)]}{place}"
