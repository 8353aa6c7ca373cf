"""E-mail addresses: what a valid one is, and the one canonical form that all spellings of it share. Pure."""

import unicodedata

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

MAX_LENGTH = 254


def canonical(address: str) -> str:
    """The form that all spellings share: NFKC, case-folded, the domain in IDNA (RFC 3490).

    Raises ValueError for what is no single address: two @, spaces, control characters, an empty or impossible domain.
    """
    text = unicodedata.normalize("NFKC", address.strip())
    local, at, domain = text.rpartition("@")
    if not at or "@" in local or len(text) > MAX_LENGTH or any(_is_unprintable(c) for c in text):
        raise ValueError("not one e-mail address")
    folded = unicodedata.normalize("NFKC", local.casefold())
    found = f"{folded}@{_idna(domain.casefold())}"
    try:
        validate_email(found)
    except ValidationError:
        raise ValueError("not an e-mail address") from None
    return found


def canonical_or_blank(address: str) -> str:
    """As `canonical`, but "" for what is no address: for look-ups, where no stored address is blank."""
    try:
        return canonical(address)
    except ValueError:
        return ""


def _idna(domain: str) -> str:
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        raise ValueError("not a domain") from None


def _is_unprintable(char: str) -> bool:
    return unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"}
