from datetime import datetime
from typing import Any

import pytest
from django.core import mail

from accounts import mails, subscribers
from accounts.models import LinkPurpose, User
from accounts.services import lifecycle, recovery, registration, sign_in
from accounts.tests.factories import made
from accounts.tests.post import Post
from common.actors import SYSTEM, Actor
from events.models import Event

TEMPLATES = [
    "verify_email",
    "registration_repeated",
    "welcome",
    "password_changed",
    "reset_password",
    "invitation",
    "locked",
]


def ask(email: str, at: datetime) -> None:
    recovery.request_reset(email=email, actor=SYSTEM, at=at)


def html_of(sent: Any) -> str:
    return str(sent.alternatives[0].content)


def test_a_mail_goes_to_exactly_the_stored_address(alice: User, noon: datetime, post: Post) -> None:
    User.objects.filter(pk=alice.pk).update(
        email="Alice@b\u00fccher.example", email_canonical="alice@xn--bcher-kva.example"
    )
    ask("alice@B\u00dcCHER.example", noon)
    sent = post.last()
    assert sent.recipients() == ["Alice@xn--bcher-kva.example"]
    assert (sent.cc, sent.bcc) == ([], [])


def test_text_and_html_say_the_same_and_hold_the_link(alice: User, noon: datetime, post: Post) -> None:
    ask(alice.email, noon)
    sent = post.last()
    token = post.token()
    assert token in str(sent.body)
    assert f'<a href="http://127.0.0.1:8000/account/reset-password#token={token}"' in html_of(sent)
    assert "13:00:00 UTC" in str(sent.body)


def test_a_mail_is_in_her_language_and_her_time(alice: User, noon: datetime, post: Post) -> None:
    User.objects.filter(pk=alice.pk).update(locale="de-AT", timezone="Europe/Vienna")
    ask(alice.email, noon)
    assert post.last().subject == "Setzen Sie ein neues Passwort"
    assert "1. Januar 2030 14:00 CET" in str(post.last().body)


def test_an_unknown_language_becomes_english(alice: User, noon: datetime, post: Post) -> None:
    User.objects.filter(pk=alice.pk).update(locale="fr")
    ask(alice.email, noon)
    assert post.last().subject == "Set a new password"


@pytest.mark.parametrize("locale", ["en", "de"])
@pytest.mark.parametrize("template", TEMPLATES)
def test_each_mail_has_one_line_of_subject_and_some_words(
    alice: User, noon: datetime, settings: Any, template: str, locale: str
) -> None:
    settings.PRODUCT_NAME = "Tom & Co <x>"
    alice.locale = locale
    event = Event(kind="x", occurred_at=noon)
    subscribers._send(event, alice, template, link="https://id.example/#token=t", expires=noon)
    sent: Any = mail.outbox[-1]
    assert sent.subject
    assert "\n" not in sent.subject
    assert "Tom & Co <x>" in sent.body
    assert "Tom &amp; Co &lt;x&gt;" in html_of(sent)
    assert "{" not in sent.body + html_of(sent)


def test_a_mail_that_is_sent_twice_is_the_same_message(alice: User, noon: datetime, post: Post) -> None:
    ask(alice.email, noon)
    first = post.last()
    subscribers.mail_reset(Event.objects.get())
    second: Any = mail.outbox[-1]
    assert first is not second
    assert first.extra_headers == second.extra_headers
    assert str(Event.objects.get().pk) in first.extra_headers["Message-ID"]
    assert first.body == second.body


def test_no_fact_holds_a_secret_or_an_address(stranger: Actor, noon: datetime, post: Post) -> None:
    registration.register(email="carol@example.org", password="unrelated volcano pencil", actor=stranger, at=noon)
    token = post.token()
    trail = str(list(Event.objects.values()))
    assert not [secret for secret in (token, "carol", "volcano") if secret in trail]


def test_nothing_that_a_stranger_typed_is_in_a_mail(stranger: Actor, noon: datetime, post: Post) -> None:
    registration.register(
        email="carol@example.org",
        password="unrelated volcano pencil",
        display_name="Win money",
        actor=stranger,
        at=noon,
    )
    assert "Win money" not in str(post.last().message())


def test_who_is_locked_out_is_told_until_when(alice: User, noon: datetime, post: Post) -> None:
    for _ in range(11):
        sign_in.verify(email=alice.email, password="wrong", door="test", actor=SYSTEM, at=noon)
    assert post.subjects() == ["Too many tries at your password"]
    assert "12:15:00 UTC" in str(post.last().body)


def test_a_stranger_at_an_unknown_address_causes_no_mail(db: None, noon: datetime, post: Post) -> None:
    for _ in range(11):
        sign_in.verify(email="nobody@example.org", password="wrong", door="test", actor=SYSTEM, at=noon)
    assert not post.all()


def test_what_was_overtaken_is_not_mailed(noon: datetime, post: Post) -> None:
    dora = made(lifecycle.create(email="dora@example.org", actor=SYSTEM, at=noon))
    User.objects.filter(pk=dora.pk).update(is_active=False)
    assert not post.all()


def test_every_purpose_has_its_page() -> None:
    assert {mails.link_to(purpose, "s").rpartition("#")[2] for purpose in LinkPurpose} == {"token=s"}
