"""Mails to people: plain text and HTML from one source of words, in her language, to exactly her stored address."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import formats, translation

from accounts import addresses
from accounts.models import LinkPurpose, User

LOCALES = ("en", "de")
PAGES = {
    LinkPurpose.VERIFY_EMAIL: "/account/verify-email",
    LinkPurpose.RESET_PASSWORD: "/account/reset-password",
    LinkPurpose.INVITATION: "/account/invitation",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What one mail says. `id` is its event's, so that a mail which is sent twice is the same message.

    `app` is whose words they are: it has `template` in each language. `details` are further values in them.
    """

    id: UUID
    template: str
    happened: datetime
    app: str = "accounts"
    link: str = ""
    expires: datetime | None = None
    details: Mapping[str, str] = field(default_factory=dict)


def link_to(purpose: LinkPurpose, secret: str) -> str:
    # In the fragment, which browsers keep to themselves: no log, proxy or Referer ever holds it. From the configured
    # origin, never from a request's Host (CVE-2025-64101).
    return f"{settings.PUBLIC_URL}{PAGES[purpose]}#token={secret}"


def send(letter: Letter, user: User) -> None:
    locale = _locale_of(user)
    subject, *paragraphs = _words(letter, user, locale=locale)
    shown = {"locale": locale, "subject": subject, "paragraphs": paragraphs, "link": letter.link}
    mail = EmailMultiAlternatives(
        subject,
        "\n\n".join(paragraphs) + "\n",
        to=[addresses.deliverable(user.email)],
        headers={"Message-ID": _message_id(letter), "Auto-Submitted": "auto-generated"},
    )
    html = render_to_string("accounts/mail/layout.html", shown | {"product": settings.PRODUCT_NAME})
    mail.attach_alternative(html, "text/html")
    mail.send()


def _words(letter: Letter, user: User, *, locale: str) -> list[str]:
    """The subject, and then each paragraph. What a stranger may have typed comes in `details`, where it can be no link."""
    with translation.override(locale):
        values = {
            **letter.details,
            "product": settings.PRODUCT_NAME,
            "link": letter.link,
            "happened": _when(letter.happened, user),
            "expires": _when(letter.expires, user) if letter.expires else "",
        }
    text = render_to_string(f"{letter.app}/mail/{locale}/{letter.template}.txt", values)
    return [" ".join(paragraph.split()) for paragraph in text.split("\n\n")]


def _when(moment: datetime, user: User) -> str:
    local = moment.astimezone(ZoneInfo(user.timezone))
    return f"{formats.date_format(local, 'DATETIME_FORMAT')} {local.tzname()}"


def _locale_of(user: User) -> str:
    language = user.locale.partition("-")[0].lower()
    return language if language in LOCALES else LOCALES[0]


def _message_id(letter: Letter) -> str:
    return f"<{letter.id}.{letter.template}@{urlsplit(settings.PUBLIC_URL).hostname}>"
