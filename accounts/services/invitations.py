"""Accounts that staff makes without a password: the person sets it by a mailed link, so nobody else ever knows it."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from accounts.errors import AlreadyJoined, LinkNotUsable
from accounts.events import InvitationAccepted, UserInvited
from accounts.models import LinkPurpose, User
from accounts.services import hashing, links, passwords, registration
from common.actors import Actor
from events.bus import publish


@transaction.atomic
def invite(user: User, *, actor: Actor, at: datetime) -> None:
    """Owe her the mail with the link; an older one dies."""
    if user.has_usable_password():
        raise AlreadyJoined
    links.void(user.pk, LinkPurpose.INVITATION, at=at)
    publish(UserInvited(subject_id=user.pk), actor=actor, at=at)


def accept(*, token: str, password: str, actor: Actor, at: datetime, display_name: str = "") -> None:
    """Set her first password, and prove the address by the way."""
    invited = links.look_up(token, LinkPurpose.INVITATION, at=at)
    name = display_name or invited.display_name
    passwords.check_rules(password, context=passwords.context_of(invited.email, name))
    _join(token, hashing.of(password, actor=actor), display_name=name, actor=actor, at=at)


@transaction.atomic
def _join(token: str, encoded: str, *, display_name: str, actor: Actor, at: datetime) -> None:
    invited = links.redeem(token, LinkPurpose.INVITATION, at=at)
    still_out = User.objects.filter(pk=invited.pk, is_active=True, password_changed_at=None)
    fields = {"password": encoded, "password_changed_at": at, "updated_at": at, "version": F("version") + 1}
    if not still_out.update(display_name=display_name, **fields):
        raise LinkNotUsable
    links.void(invited.pk, LinkPurpose.RESET_PASSWORD, at=at)
    publish(InvitationAccepted(subject_id=invited.pk), actor=actor, at=at)
    registration.prove_address(invited, actor=actor, at=at)
