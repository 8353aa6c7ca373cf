"""Whether somebody is who she says she is, by her password; for whatever door asks."""

from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from accounts.events import SignInFailed, UserLocked
from accounts.models import User
from accounts.services import guard, hashing
from accounts.services.guard import Admission
from common.actors import Actor
from events.bus import publish


class _Try(NamedTuple):
    email: str
    door: str
    admission: Admission
    known: User | None


def verify(*, email: str, password: str, door: str, actor: Actor, at: datetime) -> User | None:
    """Her account, if the password is right and she may enter. None for every other cause, after the same work.

    The try is counted first, then one password is hashed: also for unknown addresses, closed accounts and locked ones.
    Raises `Overloaded` while too many hash, and then the try was none. Call it outside of transactions.
    """
    with hashing.turn(actor):
        tried = _Try(email, door, guard.admit(email, actor=actor, at=at), User.objects.at_address(email).first())
        fitting = _fitting_hash(tried, password, actor=actor)
    if tried.known and fitting:
        return _let_in(tried.known, renewed=fitting, actor=actor, at=at)
    _refuse(tried, actor=actor, at=at)
    return None


def _fitting_hash(tried: _Try, password: str, *, actor: Actor) -> str | None:
    """What is to be stored of her password, if it is right and she may enter."""
    known = tried.known
    judged = hashing.judge(password, known.password if known else hashing.NOBODYS, actor=actor)
    if not (known and judged.right and known.may_enter and tried.admission.allowed):
        return None
    return hashing.of(password, actor=actor) if judged.outdated else known.password


@transaction.atomic
def _let_in(user: User, *, renewed: str, actor: Actor, at: datetime) -> User | None:
    # Hashing took a while: she may have been shut out, or have changed her password, in the meantime.
    unchanged = User.objects.filter(pk=user.pk, is_active=True, password_changed_at=user.password_changed_at)
    if not unchanged.update(last_login=at):
        return None
    # Not a password change: nothing that was proven with it dies.
    unchanged.filter(password=user.password).update(password=renewed)
    guard.forget(user.email_canonical, at=at)
    guard.forgive(actor)
    user.password, user.last_login = renewed, at
    return user


@transaction.atomic
def _refuse(tried: _Try, *, actor: Actor, at: datetime) -> None:
    # Strangers leave the same traces as people we know, or the time it takes to write them would tell who has an account.
    if not tried.admission.allowed:
        return
    subject_id = tried.known.pk if tried.known else guard.pseudonym(tried.email)
    publish(SignInFailed(subject_id=subject_id, door=tried.door), actor=actor, at=at)
    if tried.admission.locks_until:
        publish(
            UserLocked(subject_id=subject_id, door=tried.door, until=tried.admission.locks_until), actor=actor, at=at
        )
