"""Administrators who come in by the command line: the first one, and one more."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts import mails
from accounts.errors import EmailTaken
from accounts.events import UserInvited
from accounts.models import LinkPurpose, User
from accounts.services import lifecycle, links
from common.actors import SYSTEM
from common.errors import DomainError, Refused
from events.models import Event
from identity_server import initial_password
from rbac import selectors
from rbac.models import Role
from rbac.services import assignments

ROLE = "administrator"


@dataclass(frozen=True, slots=True)
class Welcome:
    """How the new administrator gets in. What is secret in it is shown once, and to whoever runs the command."""

    email: str
    password: str = ""
    link: str = ""


def ensure_first(email: str, *, password: str, keep_password: bool, at: datetime) -> Welcome | None:
    """None where somebody administers already. Of two nodes that start together one makes her: her address is unique.

    Without a password she gets a random one, kept in VAR_DIR, or a link to set her own.
    """
    if selectors.an_administrator_is_left(at=at):
        return None
    try:
        if password:
            return Welcome(create(email, password=password, at=at).email)
        return _with_kept_password(email, at=at) if keep_password else create_with_link(email, at=at)
    except EmailTaken:
        if selectors.an_administrator_is_left(at=at):
            return None
        raise


def explained(refusal: DomainError) -> str:
    """What is wrong, for a terminal."""
    return " ".join(error.detail for error in refusal.errors) or refusal.detail


@transaction.atomic
def create(email: str, *, password: str | None, at: datetime) -> User:
    """Raises `EmailTaken`, `Invalid` for what is no address, and `PasswordUnacceptable`."""
    user = lifecycle.create(
        email=email, password=password, is_staff=True, is_superuser=True, email_verified=True, actor=SYSTEM, at=at
    )
    if isinstance(user, Refused):
        raise user.error
    given = assignments.assign(user, Role.objects.get(name=ROLE), reason="command line", actor=SYSTEM, at=at)
    if isinstance(given, Refused):
        raise given.error
    return user


@transaction.atomic
def create_with_link(email: str, *, at: datetime) -> Welcome:
    """The link is the one that her invitation mail holds, so whichever she uses, the other is used up."""
    user = create(email, password=None, at=at)
    invited = Event.objects.filter(kind=UserInvited.kind, subject_id=str(user.pk)).latest("id")
    asked = links.Asked(invited.id, invited.occurred_at)
    secret = links.issue(user, LinkPurpose.INVITATION, asked=asked, at=at)
    return Welcome(user.email, link=mails.link_to(LinkPurpose.INVITATION, secret or ""))


@transaction.atomic
def _with_kept_password(email: str, *, at: datetime) -> Welcome:
    password = secrets.token_urlsafe(18)
    user = create(email, password=password, at=at)
    # Within the transaction: only the node that made her gets here, and a crash leaves a useless file, not a lost password.
    initial_password.keep(password)
    return Welcome(user.email, password=password)
