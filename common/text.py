"""Which characters may stand in text that people type or see. Pure."""

import unicodedata

# Overrides and isolates reorder what is shown, and the zero-width ones hide: both make two names look alike (Unicode
# TR 36). The joiners U+200C and U+200D stay, for Persian and for emoji cannot be written without them.
_DECEIVING = frozenset("\u200b\u200e\u200f\u2060\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_REFUSED_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})
_LINE_BREAKS = frozenset("\t\n\r")


def unstorable(text: str) -> str | None:
    """What keeps `text` out of every database and log, in words; None where nothing does."""
    if "\x00" in text:
        return "a NUL character"
    try:
        # A megabyte in a millisecond; looking at each character here would take a hundred times as long.
        text.encode()
    except UnicodeEncodeError:
        return "half of a surrogate pair"
    return None


def flaw(text: str, *, multiline: bool = False) -> str | None:
    """What is wrong with `text` as something to be shown to people; None where nothing is."""
    if text.isascii() and text.isprintable():
        return None
    return unstorable(text) or next((_name(c) for c in text if _is_refused(c, multiline=multiline)), None)


def _is_refused(character: str, *, multiline: bool) -> bool:
    if multiline and character in _LINE_BREAKS:
        return False
    return character in _DECEIVING or unicodedata.category(character) in _REFUSED_CATEGORIES


def _name(character: str) -> str:
    return f"the character U+{ord(character):04X}"


def printable(text: str, *, limit: int) -> str:
    """`text` as one line that is safe to store and to log; what is not printable becomes a question mark."""
    cut = text[:limit]
    return cut if cut.isprintable() else "".join(c if c.isprintable() else "?" for c in cut)
