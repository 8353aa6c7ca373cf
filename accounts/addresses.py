"""E-mail addresses: what a valid one is, and the one canonical form that all spellings of it share. Pure.

Stricter than RFC 5321 on purpose: one mailbox, its local part in ASCII (no SMTPUTF8), no quoting, no routing characters
and no domain literals, so that no two programs can read one address in two ways.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

MAX_LENGTH = 254
MAX_LOCAL_LENGTH = 64
# "user%corp.example@evil.example" and "corp.example!user@evil.example" are relay routes to some mail servers, and
# "%0d%0a" becomes a new header in whatever decodes it once too often.
ROUTING = frozenset('%!"\\,;:()<>[]')
# IDNA 2003, which Python speaks, maps these two to other letters; IDNA 2008 registers them as names of their own.
DEVIATIONS = frozenset("ßς")
PUNYCODE = "xn--"
UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"})
NUMERIC_TOP = re.compile(r"\.[0-9]+\Z")


class _Parts(NamedTuple):
    local: str
    domain: str


@lru_cache(maxsize=128)
def canonical(address: str) -> str:
    """The form that all spellings share: NFKC, case-folded, the domain in IDNA (RFC 3490).

    Raises ValueError for what is no single address: two @, commas, spaces, control characters, an empty or impossible domain.
    """
    local, domain = _parts(address)
    return f"{local.casefold()}@{domain}"


def canonical_or_blank(address: str) -> str:
    """As `canonical`, but "" for what is no address: for look-ups, where no stored address is blank."""
    try:
        return canonical(address)
    except ValueError:
        return ""


def tidy(address: str) -> str:
    """What is stored and shown: as typed, but in compatibility form and without outer blanks. Raises as `canonical` does."""
    canonical(address)
    return unicodedata.normalize("NFKC", address.strip(" "))


def deliverable(address: str) -> str:
    """What a mail server is given and a reader sees: the case she typed, the domain in ASCII, so that lookalikes show."""
    return "@".join(_parts(address))


def _parts(address: str) -> _Parts:
    # Cut before normalising: one character can become eighteen, and a megabyte of them takes seconds.
    if len(address) > MAX_LENGTH:
        raise ValueError("too long")
    text = unicodedata.normalize("NFKC", address.strip(" "))
    if any(unicodedata.category(char) in UNPRINTABLE for char in text):
        raise ValueError("spaces or control characters")
    local, at, domain = text.rpartition("@")
    if not at or not _is_plain(local):
        raise ValueError("not one e-mail address")
    return _checked(_Parts(local, _ascii_domain(domain)))


def _is_plain(local: str) -> bool:
    # Folding would turn "straße" and Turkish dotless "mike" into other people's mailboxes (CVE-2019-19844): only ASCII is folded.
    return local.isascii() and len(local) <= MAX_LOCAL_LENGTH and "@" not in local and not ROUTING & set(local)


def _checked(parts: _Parts) -> _Parts:
    found = "@".join(parts)
    try:
        validate_email(found)
    except ValidationError:
        raise ValueError("not an e-mail address") from None
    if len(found) > MAX_LENGTH or NUMERIC_TOP.search(parts.domain):
        raise ValueError("not an e-mail address")
    return parts


def _ascii_domain(domain: str) -> str:
    if (DEVIATIONS | ROUTING) & set(domain):
        raise ValueError("not a domain")
    try:
        return ".".join(_ascii_label(label) for label in unicodedata.normalize("NFKC", domain.casefold()).split("."))
    except UnicodeError:
        raise ValueError("not a domain") from None


def _ascii_label(label: str) -> str:
    if label.startswith(PUNYCODE):
        return _honest_punycode(label)
    if not label or not _is_wordlike(label):
        raise ValueError("not a domain")
    return label.encode("idna").decode("ascii")


def _honest_punycode(label: str) -> str:
    """A label that was sent encoded must be the one encoding of something that needed it."""
    shown = label.removeprefix(PUNYCODE).encode("ascii").decode("punycode")
    folded = unicodedata.normalize("NFKC", shown.lower())
    again = shown.encode("punycode").decode("ascii")
    if shown.isascii() or shown != folded or again != label.removeprefix(PUNYCODE) or not _is_wordlike(shown):
        raise ValueError("not a domain")
    return label


def _is_wordlike(label: str) -> bool:
    # As IDNA 2008 has it. The codec would also take other full stops (U+3002) for dots.
    return all(char == "-" or unicodedata.category(char)[0] in "LMN" for char in label)
