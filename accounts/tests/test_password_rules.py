import time

import pytest

from accounts import password_rules
from accounts.password_rules import Policy

STRICT = Policy(min_length=12, max_length=1024, min_score=3)
WORDS = password_rules.context_words("alice.wonder@example.org", "Alice Wonderland", "Identity Server")

REFUSED = [
    ("short", "password_too_short"),
    ("eleven char", "password_too_short"),
    ("x" * 1025, "password_too_long"),
    ("qwertyuiop123", "password_too_common"),
    ("PASSWORD1234", "password_too_common"),
    ("IdentityServer2026!", "password_too_personal"),
    ("alice-example-2025", "password_too_personal"),
    ("Wonderland-is-Alice", "password_too_personal"),
    ("aaaaaaaaaaaaaaaa", "password_too_guessable"),
    ("abcdefghijklmnop", "password_too_guessable"),
    ("passwordpassword", "password_too_guessable"),
    ("\U0001f600" * 16, "password_too_guessable"),
]

ACCEPTED = [
    "correct horse battery staple",
    "vrqzjwpxkmtydbhg",
    "\U0001f600\U0001f603\U0001f604\U0001f601\U0001f606\U0001f605\U0001f602\U0001f923\U0001f60a\U0001f607\U0001f642\U0001f643",
    "x9$kQ2!mvP0z",
    "correct horse battery staple " * 35,
    "alice likes unplanned volcano trips",
]


@pytest.mark.parametrize(("password", "code"), REFUSED)
def test_a_weak_password_is_refused_with_its_reason(password: str, code: str) -> None:
    found = password_rules.complaint(password, words=WORDS, policy=STRICT)
    assert found
    assert found.code == code


@pytest.mark.parametrize("password", ACCEPTED)
def test_length_and_surprise_are_all_it_takes(password: str) -> None:
    assert password_rules.complaint(password, words=WORDS, policy=STRICT) is None


def test_context_words_are_the_parts_and_the_whole() -> None:
    assert password_rules.context_words("Bob J. Müller") == {"müller", "bobjmüller"}


@pytest.mark.parametrize("password", ["4@8({[<369&#!1/|0$5+7%2" * 4, "p@ssw0rd" * 9, "p4$$w0rd1!" * 100])
def test_no_password_takes_long_to_judge(password: str) -> None:
    begun = time.process_time()
    password_rules.score(password, WORDS)
    assert time.process_time() - begun < 1


def test_one_password_typed_in_two_ways_is_one() -> None:
    assert password_rules.normalised("caf\u00e9") == password_rules.normalised("cafe\u0301")


@pytest.mark.parametrize("password", ["x" * 1025, "\ufdfa" * 100, "\ud800 is half a character", "x" * 1_000_000])
def test_what_can_be_nobodys_password_is_not_hashed(password: str) -> None:
    assert password_rules.presentable(password, max_length=1024) is None


def test_the_longest_password_is_presentable() -> None:
    assert password_rules.presentable("x" * 1024, max_length=1024) == "x" * 1024
