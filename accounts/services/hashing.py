"""Passwords against their hashes: one door for both, so that each is normalised and each takes the same time."""

from typing import NamedTuple

from django.conf import settings
from django.contrib.auth.hashers import make_password, verify_password

from accounts import password_rules

NOBODYS = "!"


class Judged(NamedTuple):
    right: bool
    outdated: bool


def of(password: str) -> str:
    """What is stored of a password that has passed the rules."""
    return make_password(password_rules.normalised(password))


def unusable() -> str:
    """What is stored where there is no password: nothing matches it."""
    return make_password(None)


def judge(password: str, encoded: str) -> Judged:
    """Whether the password belongs to the hash. Hashes exactly once, whatever the password is and whether there is a hash.

    `NOBODYS` is the hash of those who do not exist (CVE-2024-39329).
    """
    shown = password_rules.presentable(password, max_length=settings.PASSWORD_MAX_LENGTH)
    return Judged(*verify_password(shown, encoded))
