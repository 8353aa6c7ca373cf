"""Mail without a mail server."""

import stat
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives, get_connection

from identity_server.mail import EmlBackend

LINK = "https://id.example.com/account/verify-email#token=very-secret-token"


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.EMAIL_BACKEND = "identity_server.mail.EmlBackend"
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    return tmp_path / "mail"


def send(subject: str = "Welcome, Zoë") -> None:
    mail = EmailMultiAlternatives(subject, f"Follow {LINK}\n", "identity@localhost", ["alice@example.org"])
    mail.attach_alternative(f"<a href='{LINK}'>Follow</a>", "text/html")
    assert mail.send() == 1


def test_a_mail_becomes_a_file_that_mail_programs_open(folder: Path) -> None:
    send()

    found = message_from_bytes(next(folder.glob("*.eml")).read_bytes(), policy=policy.default)
    assert (found["Subject"], found["To"]) == ("Welcome, Zoë", "alice@example.org")
    assert (body := found.get_body(("plain",)))
    assert LINK in body.get_content()


def test_each_mail_has_a_file_of_its_own_in_their_order(folder: Path) -> None:
    for number in range(5):
        send(f"Mail {number}")

    subjects = [message_from_bytes(path.read_bytes())["Subject"] for path in sorted(folder.glob("*.eml"))]
    assert subjects == [f"Mail {number}" for number in range(5)]


def test_nobody_else_can_read_it(folder: Path) -> None:
    send()

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_links_are_shown_only_while_debugging(folder: Path, settings: Any, capsys: pytest.CaptureFixture[str]) -> None:
    send()
    assert LINK not in capsys.readouterr().err

    settings.DEBUG = True
    send()
    assert f"link in the mail: {LINK}\n" in capsys.readouterr().err


def test_it_is_the_backend_of_the_embedded_server(folder: Path) -> None:
    assert isinstance(get_connection(), EmlBackend)
