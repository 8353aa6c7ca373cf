"""What is kept of a failure."""

import pytest

from events.masking import LONGEST, described, masked

SECRETS = [
    "mail to ada.lovelace@example.org bounced",
    "GET https://example.org/verify?code=ada.lovelace failed",
    "amqp://guest:ada.lovelace@broker/ refused",
    "invalid literal for int() with base 10: 'ada.lovelace'",
    'no such column "ada.lovelace"',
    "Key (email_canonical)=(ada.lovelace) already exists.",
    "password=ada.lovelace",
    "Authorization: ada.lovelace",
    "the client_secret ada.lovelace is wrong",
    "Authorization: Bearer ada.lovelace",
    "Proxy-Authorization: Basic ada.lovelace",
    "the password is ada.lovelace",
    "password -> ada.lovelace",
    r"password='it\'s ada.lovelace'",
    "passphrase ada.lovelace",
    "pwd=ada.lovelace",
    "passwords: ada.lovelace",
    "otp=lovelace",
    "Cookie: session=ada.lovelace",
    "GET /verify?code=lovelace failed",
    "ada.lovelaceada.lovelace_ada_lovelace_ada_lovelace".replace(".", "_"),
]


def raised(error: Exception) -> Exception:
    with pytest.raises(type(error)) as caught:
        raise error
    return caught.value


@pytest.mark.parametrize("text", SECRETS)
def test_a_secret_is_masked(text: str) -> None:
    kept = masked(text)

    assert "lovelace" not in kept
    assert "…" in kept


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("550 mailbox unavailable", "550 mailbox unavailable"),
        ("the monkey has gone", "the monkey has gone"),
        ("550 <ada@example.org> is unknown", "550 <…@example.org> is unknown"),
        ("one\r\ntwo\x1b[31m\x00three\u2028", "one two [31m three"),
        ("", ""),
    ],
)
def test_plain_words_stay_and_are_one_line(text: str, kept: str) -> None:
    assert masked(text) == kept


def test_a_failure_is_described_by_class_words_and_place() -> None:
    found = described(raised(OSError("451 try again later")))

    assert found.startswith("OSError: 451 try again later (test_masking.py:")


def test_a_failure_without_words_is_its_class() -> None:
    assert described(KeyError()) == "KeyError"


def test_a_long_failure_is_cut_to_what_the_column_holds() -> None:
    found = described(raised(ValueError("so it goes " * 200)))

    assert len(found) == LONGEST
    assert found.endswith(")")
