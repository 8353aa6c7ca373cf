"""What a password must be, and how she changes hers."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F

from accounts import password_rules
from accounts.errors import PasswordUnacceptable, WrongPassword
from accounts.events import PasswordChanged
from accounts.models import LinkPurpose, User
from accounts.services import guard, hashing, links, sign_in
from common.actors import Actor
from common.errors import FieldError, NotFound
from events.bus import publish


def context_of(email: str, display_name: str = "") -> frozenset[str]:
    """The words that somebody who wants into this account would try."""
    return password_rules.context_words(email, display_name, settings.PRODUCT_NAME)


def check_rules(password: str, *, context: Iterable[str]) -> None:
    """Refuse, with the reason, what cannot be a password here; the same wherever one is set."""
    shown = password_rules.normalised(password[: settings.PASSWORD_MAX_LENGTH * password_rules.LONGEST_SPELLING + 1])
    policy = password_rules.Policy(
        settings.PASSWORD_MIN_LENGTH, settings.PASSWORD_MAX_LENGTH, settings.PASSWORD_MIN_SCORE
    )
    wrong = password_rules.complaint(shown, words=context, policy=policy)
    if wrong:
        raise PasswordUnacceptable(wrong.detail, errors=[FieldError("password", wrong.code, wrong.detail)])


def change(user: User, *, current: str, new: str, actor: Actor, at: datetime) -> None:
    """Her own change: it takes the current password, which is counted and locked as at sign-in. Her other sessions end."""
    check_rules(new, context=context_of(user.email, user.display_name))
    # One turn for both, or a try could be counted whose outcome she never hears.
    with hashing.turn(actor):
        shown = sign_in.verify(email=user.email_canonical, password=current, door="password_change", actor=actor, at=at)
        encoded = hashing.of(new, actor=actor)
    if shown is None or not replace(shown, encoded, keep_session=actor.session_id, actor=actor, at=at):
        raise WrongPassword(errors=[FieldError("current_password", WrongPassword.code, WrongPassword.title)])


def set_by_operator(user: User, *, new: str, actor: Actor, at: datetime) -> None:
    """Without the present one, for whoever runs the server: staff has links mailed instead. All her sessions end."""
    check_rules(new, context=context_of(user.email, user.display_name))
    if not replace(user, hashing.of(new, actor=actor), actor=actor, at=at):
        raise NotFound


@transaction.atomic
def replace(
    user: User, encoded: str, *, keep_session: UUID | None = None, actor: Actor, at: datetime, **also: Any
) -> bool:
    """Store a new hash, and `also` what changes with it. False when she was shut out or her password changed meanwhile."""
    unchanged = User.objects.filter(pk=user.pk, is_active=True, password_changed_at=user.password_changed_at)
    fields = {"password": encoded, "password_changed_at": at, "updated_at": at, "version": F("version") + 1, **also}
    if not unchanged.update(**fields):
        return False
    links.void(user.pk, LinkPurpose.RESET_PASSWORD, LinkPurpose.INVITATION, at=at)
    guard.forget(user.email_canonical, at=at)
    publish(PasswordChanged(subject_id=user.pk, keep_session=keep_session), actor=actor, at=at)
    return True
