"""Mail without a mail server: one .eml a message, in a folder that only we can read."""

import os
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from identity_server.config.kept import private_folder

LINK = re.compile(r"https?://\S+")
log = structlog.get_logger(__name__)


class EmlBackend(BaseEmailBackend):
    """Writes what would be sent. While DEBUG is on, the links are logged too, so that one can follow them at once."""

    def __init__(self, *, fail_silently: bool = False, **_: Any) -> None:
        super().__init__(fail_silently=fail_silently)
        self.folder = private_folder(Path(settings.EMAIL_FILE_PATH))

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            path = self._write(message.message().as_bytes())
            if settings.DEBUG:
                log.info("mail_written", file=path.name, to=message.to)
                _show_links(str(message.body))
        return len(email_messages)

    def _write(self, content: bytes) -> Path:
        # Under a hidden name first, so that whoever lists *.eml finds whole mails only.
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%f}-{uuid4().hex[:8]}.eml"
        draft = self.folder / f".{name}"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
        return draft.rename(self.folder / name)


def _show_links(body: str) -> None:
    # Not through the log, which masks the very token that one wants to follow.
    for link in LINK.findall(body):
        sys.stderr.write(f"link in the mail: {link}\n")
