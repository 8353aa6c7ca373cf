"""What a password must be: long enough, not known, not about its owner, hard to guess. No composition rules. Pure."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from django.contrib.auth.password_validation import CommonPasswordValidator
from zxcvbn import zxcvbn

# zxcvbn raises above 72 characters, and tries all readings of characters that can stand for letters: with twenty of
# them it takes seconds. What follows the measured beginning can only make a password harder to guess.
MEASURED_LENGTH = 72
MEASURED_DISGUISES = 10
DISGUISES = frozenset("4@8({[<369&#!1/|0$5+7%2")
SHORTEST_WORD = 4
# What must be left of a password when its owner's name, her address, our name and the years are taken out of it.
LEFT_OVER = 6
# One character can become eighteen in NFKC, but none becomes less than a fourth of one: what is longer is too long.
LONGEST_SPELLING = 4
WORD = re.compile(r"[^\W_]+")
YEAR = re.compile(r"(?:19|20)\d\d")


@dataclass(frozen=True, slots=True)
class Policy:
    min_length: int
    max_length: int
    min_score: int


class Complaint(NamedTuple):
    code: str
    detail: str


def normalised(password: str) -> str:
    """The form that is hashed: "é" typed as one character or as two is one password (NIST SP 800-63B, section 3.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


def presentable(password: str, *, max_length: int) -> str | None:
    """The form to compare with a hash; None for what can be nobody's password: endless, or no text at all."""
    if len(password) > max_length * LONGEST_SPELLING:
        return None
    found = normalised(password)
    return found if len(found) <= max_length and not any("\ud800" <= char <= "\udfff" for char in found) else None


def context_words(*texts: str) -> frozenset[str]:
    """What an attacker who knows these texts tries first: each word in them, and each text run together."""
    runs = (WORD.findall(unicodedata.normalize("NFKC", text).casefold()) for text in texts)
    return frozenset(word for run in runs for word in (*run, "".join(run)) if len(word) >= SHORTEST_WORD)


def complaint(password: str, *, words: Iterable[str], policy: Policy) -> Complaint | None:
    """What is wrong with a password that is already in its normalised form; None where nothing is."""
    known = frozenset(words)
    if len(password) < policy.min_length:
        return Complaint("password_too_short", f"Use at least {policy.min_length} characters.")
    if len(password) > policy.max_length:
        return Complaint("password_too_long", f"Use at most {policy.max_length} characters.")
    if password.casefold().strip() in common():
        return Complaint("password_too_common", "Many people use this password, so it is tried first.")
    if _is_personal(password, known):
        return Complaint("password_too_personal", "This is little more than your name, your address or our name.")
    if score(password, known) < policy.min_score:
        return Complaint("password_too_guessable", "This is easy to guess. Several unrelated words are better.")
    return None


def score(password: str, words: Iterable[str]) -> int:
    """How hard it is to guess, from 0 to 4."""
    return int(zxcvbn(_measured(password), user_inputs=sorted(words))["score"])


@cache
def common() -> frozenset[str]:
    """The 20,000 most used passwords, as Django ships them."""
    return frozenset(CommonPasswordValidator().passwords)


def _measured(password: str) -> str:
    seen: set[str] = set()
    for place, char in enumerate(password[:MEASURED_LENGTH]):
        seen |= DISGUISES & {char}
        if len(seen) > MEASURED_DISGUISES:
            return password[:place]
    return password[:MEASURED_LENGTH]


def _is_personal(password: str, words: frozenset[str]) -> bool:
    rest = "".join(WORD.findall(password.casefold()))
    before = rest
    for word in sorted(words, key=len, reverse=True):
        rest = rest.replace(word, "")
    return rest != before and len(YEAR.sub("", rest)) < LEFT_OVER
