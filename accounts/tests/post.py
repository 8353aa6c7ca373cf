"""The mails that were sent, and the secrets in them."""

import re
from datetime import datetime

from django.core import mail
from django.core.mail import EmailMultiAlternatives

from events.services import draining

TOKEN = re.compile(r"#token=(\S+)")


class Post:
    def __init__(self, at: datetime) -> None:
        self.at = at

    def all(self) -> list[EmailMultiAlternatives]:
        draining.drain(at=self.at)
        return [sent for sent in mail.outbox if isinstance(sent, EmailMultiAlternatives)]

    def last(self) -> EmailMultiAlternatives:
        return self.all()[-1]

    def subjects(self) -> list[str]:
        return [str(sent.subject) for sent in self.all()]

    def token(self) -> str:
        """The secret in the link of the newest mail."""
        found = TOKEN.search(str(self.last().body))
        assert found
        return found[1]
