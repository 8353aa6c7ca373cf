"""One letter to one reader, and where in the staff site its link leads."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.conf import settings

from accounts import mails
from accounts.mails import Letter
from accounts.models import User
from events.models import Event

MAIL = "mail"


def reader(user_id: str | None) -> User | None:
    """Whoever can still sign in; None for the others."""
    return User.objects.filter(pk=user_id, is_active=True).first() if user_id else None


def send(
    event: Event,
    user: User,
    template: str,
    *,
    link: str = "",
    expires: datetime | None = None,
    details: Mapping[str, str] | None = None,
) -> None:
    letter = Letter(
        id=event.pk,
        app="rbac",
        template=template,
        happened=event.occurred_at,
        link=link,
        expires=expires,
        details=details or {},
    )
    mails.send(letter, user)


def where(event: Event) -> dict[str, str]:
    """The role and the scope of the fact. Both are of letters, digits and dashes."""
    return {"role": event.data["role"], "scope": event.data["scope"]}


def staff_page(model: str, row: UUID | str = "") -> str:
    # From the configured origin, never from a request's Host (CVE-2025-64101).
    return f"{settings.PUBLIC_URL}/admin/rbac/{model}/" + (f"{row}/change/" if row else "")
