"""Whether somebody is who she says she is, by her password; for whatever door asks."""

from datetime import UTC, datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import CharField, DateTimeField, UUIDField, Value
from django.db.models.functions import Coalesce

from accounts import addresses
from accounts.events import SignInFailed, UserLocked
from accounts.models import User
from accounts.services import guard, hashing
from accounts.services.guard import Admission
from common.actors import Actor
from common.statements import Change, Given, Search
from events.bus import publish

NEVER = datetime.min.replace(tzinfo=UTC)
MOMENT = DateTimeField()
KNOWN = Search(lambda: User.objects.filter(email_canonical=Given("address", CharField())).order_by())
ENTER = Change(
    lambda: User.objects.alias(since=Coalesce("password_changed_at", Value(NEVER, MOMENT))).filter(
        pk=Given("who", UUIDField()), is_active=True, since=Given("since", MOMENT)
    ),
    lambda: {"last_login": Given("at", MOMENT)},
)


class _Try(NamedTuple):
    email: str
    door: str
    admission: Admission
    known: User | None


class Proven(NamedTuple):
    """Somebody who has shown her password a moment ago, as she was read before; and what is to be stored of it now."""

    user: User
    encoded: str


def verify(*, email: str, password: str, door: str, actor: Actor, at: datetime) -> User | None:
    """Her account, if the password is right and she may enter. None for every other cause, after the same work."""
    proven = prove(email=email, password=password, door=door, actor=actor, at=at)
    return let_in(proven, actor=actor, at=at) if proven else None


def prove(*, email: str, password: str, door: str, actor: Actor, at: datetime) -> Proven | None:
    """Whether the password is right and she may enter. None for every other cause, after the same work.

    The try is counted first, then one password is hashed: also for unknown addresses, closed accounts and locked ones.
    Raises `Overloaded` while too many hash, and then the try was none. Call it outside of transactions.
    """
    with hashing.turn(actor):
        tried = _Try(email, door, guard.admit(email, actor=actor, at=at), _known_at(email))
        fitting = _fitting_hash(tried, password, actor=actor)
    if tried.known and fitting:
        return Proven(tried.known, fitting)
    _refuse(tried, actor=actor, at=at)
    return None


def _known_at(address: str) -> User | None:
    known: User | None = KNOWN.one(address=addresses.canonical_or_blank(address))
    return known


def _fitting_hash(tried: _Try, password: str, *, actor: Actor) -> str | None:
    """What is to be stored of her password, if it is right and she may enter."""
    known = tried.known
    judged = hashing.judge(password, known.password if known else hashing.NOBODYS, actor=actor)
    if not (known and judged.right and known.may_enter and tried.admission.allowed):
        return None
    return hashing.of(password, actor=actor) if judged.outdated else known.password


# No savepoint where the session begins in the same transaction: nothing fails in here.
@transaction.atomic(savepoint=False)
def let_in(proven: Proven, *, actor: Actor, at: datetime) -> User | None:
    """Mark that she came in, and take back what the tries were counted for. None where she has changed meanwhile."""
    # Hashing took a while: she may have been shut out, or have changed her password, in the meantime.
    user, encoded = proven
    if not ENTER.run(who=user.pk, since=user.password_changed_at or NEVER, at=at):
        return None
    if encoded != user.password:
        # Not a password change: nothing that was proven with it dies.
        User.objects.filter(pk=user.pk, password=user.password).update(password=encoded)
    guard.forget(user.email_canonical, at=at)
    guard.forgive(actor)
    user.password, user.last_login = encoded, at
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
