import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts import addresses

SPELLINGS = [
    ("Alice@Example.ORG", "alice@example.org"),
    ("  alice@example.org ", "alice@example.org"),
    ("\uff41lice@\uff45xample.org", "alice@example.org"),
    ("alice\uff20example.org", "alice@example.org"),
    ("\u212aate@example.org", "kate@example.org"),
    ("alice@b\u00fccher.example", "alice@xn--bcher-kva.example"),
    ("alice@bu\u0308cher.example", "alice@xn--bcher-kva.example"),
    ("alice@B\u00dcCHER.example", "alice@xn--bcher-kva.example"),
    ("alice@XN--BCHER-KVA.example", "alice@xn--bcher-kva.example"),
    ("alice@xn--fa-hia.de", "alice@xn--fa-hia.de"),
    ("admin@ex\u0430mple.org", "admin@xn--exmple-4nf.org"),
    ("o'neil+news@example.org", "o'neil+news@example.org"),
    ("admin@localhost", "admin@localhost"),
]

NOT_ONE_ADDRESS = [
    "",
    "alice",
    "@example.org",
    "alice@",
    "alice@@example.org",
    "alice@evil.example@example.org",
    "alice@evil.example,bob@example.org",
    "alice@evil.example bob@example.org",
    "alice@example.org\n",
    "alice@example.org\r\nBcc: bob@example.org",
    "alice%0d%0abcc@example.org",
    "alice\u2028@example.org",
    "al\u200bice@example.org",
    "al\u202eice@example.org",
    "alice\x00@example.org",
    "alice\ud800@example.org",
    '"alice smith"@example.org',
    "alice(comment)@example.org",
    "bob%example.org@evil.example",
    "evil.example!bob@example.org",
    "alice@[127.0.0.1]",
    "alice@127.0.0.10",
    "alice@example.org.",
    "alice@example..org",
    "alice@-example.org",
    "alice@exam\u3002ple.org",
    "stra\u00dfe@example.org",
    "m\u0131ke@example.org",
    "alice@fa\u00df.de",
    "alice@xn--abc.org",
    "alice@xn--example-.org",
    "alice@xn--\u00fc.org",
    "a" * 65 + "@example.org",
    "alice@" + "b" * 64 + ".org",
    "alice@" + "b." * 130 + "org",
    "\ufdfa" * 200 + "@example.org",
]


@pytest.mark.parametrize(("typed", "expected"), SPELLINGS)
def test_all_spellings_of_an_address_share_one_form(typed: str, expected: str) -> None:
    assert addresses.canonical(typed) == expected


@pytest.mark.parametrize("typed", NOT_ONE_ADDRESS)
def test_what_is_not_one_address_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        addresses.canonical(typed)
    assert addresses.canonical_or_blank(typed) == ""


@given(st.text(max_size=40), st.text(max_size=40))
def test_a_form_is_its_own_form(local: str, domain: str) -> None:
    found = addresses.canonical_or_blank(f"{local}@{domain}.org")
    assert addresses.canonical_or_blank(found) == found


@given(st.from_regex(r"[a-zA-Z0-9.]{1,20}@[a-z\u00e0-\u00ff]{1,20}\.org", fullmatch=True))
def test_what_a_mail_server_gets_belongs_to_the_account_that_asked(typed: str) -> None:
    found = addresses.canonical_or_blank(typed)
    assert not found or addresses.canonical(addresses.deliverable(typed)) == found


def test_what_is_stored_keeps_the_case_and_loses_the_width() -> None:
    assert addresses.tidy(" \uff21lice.Smith@Example.org") == "Alice.Smith@Example.org"


def test_a_lookalike_domain_shows_in_mails() -> None:
    assert addresses.deliverable("Admin@ex\u0430mple.org") == "Admin@xn--exmple-4nf.org"
