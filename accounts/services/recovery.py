"""The way back in for somebody who forgot her password: by a link to the stored address, and by nothing else."""

from datetime import datetime

from django.db import transaction

from accounts.errors import AccountShut, LinkNotUsable
from accounts.events import PasswordResetRequested
from accounts.models import LinkPurpose, User
from accounts.services import guard, hashing, invitations, links, passwords, registration
from common.actors import Actor
from events.bus import publish


@transaction.atomic
def request_reset(*, email: str, actor: Actor, at: datetime) -> None:
    """Ask for a link. Older links die now. The same work is done for strangers, whom no mail reaches."""
    user = User.objects.at_address(email).first()
    subject_id = user.pk if user else guard.pseudonym(email)
    links.void(subject_id, LinkPurpose.RESET_PASSWORD, at=at)
    publish(PasswordResetRequested(subject_id=subject_id), actor=actor, at=at)


def send_link(user: User, *, actor: Actor, at: datetime) -> None:
    """Staff helps her in: a link to a new password, or the invitation once more if she never had one."""
    if not user.is_active:
        raise AccountShut
    if user.has_usable_password():
        request_reset(email=user.email_canonical, actor=actor, at=at)
    else:
        invitations.invite(user, actor=actor, at=at)


def confirm_reset(*, token: str, password: str, actor: Actor, at: datetime) -> None:
    """Set a new password by the mailed link. Every session ends and none begins; the lock on her account is lifted."""
    owner = links.look_up(token, LinkPurpose.RESET_PASSWORD, at=at)
    # Before the link is used up, so that a refused password costs her nothing but another try.
    passwords.check_rules(password, context=passwords.context_of(owner.email, owner.display_name))
    _reset(token, hashing.of(password, actor=actor), actor=actor, at=at)


@transaction.atomic
def _reset(token: str, encoded: str, *, actor: Actor, at: datetime) -> None:
    owner = links.redeem(token, LinkPurpose.RESET_PASSWORD, at=at)
    if not passwords.replace(owner, encoded, actor=actor, at=at):
        raise LinkNotUsable
    # Who reads her mail has also shown that the address is hers.
    registration.prove_address(owner, actor=actor, at=at)
