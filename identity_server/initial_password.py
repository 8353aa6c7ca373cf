"""The random password of the first administrator: kept for her in VAR_DIR, until it is nobody's password any more."""

import os
from pathlib import Path

from django.conf import settings
from django.db.models import QuerySet

from accounts.models import User
from accounts.services import hashing


def path() -> Path:
    return Path(settings.VAR_DIR) / "initial-admin-password"


def keep(password: str) -> None:
    path().unlink(missing_ok=True)
    with os.fdopen(os.open(path(), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(password + "\n")


def is_kept() -> bool:
    return path().exists()


def forget_if_changed() -> bool:
    """Whether the file was removed, because its password opens no administrator's account any more."""
    if not is_kept():
        return False
    password = path().read_text().strip()
    rulers: QuerySet[User] = User.objects.ruling()
    if any(hashing.judge(password, ruler.password).right for ruler in rulers.iterator()):
        return False
    path().unlink(missing_ok=True)
    return True
