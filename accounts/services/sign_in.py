"""Whether somebody is who she says she is, by her password; for whatever door asks."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import CharField, DateTimeField, UUIDField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from accounts import addresses
from accounts.events import SignInFailed, UserLocked
from accounts.models import User
from accounts.services import guard, hashing
from accounts.services.guard import Admission
from common.actors import Actor
from common.statements import Change, Given, Search
from common.writes import Outcome, Telling, together
from events.bus import publish

NEVER = datetime.min.replace(tzinfo=UTC)
MOMENT = DateTimeField()
KNOWN = Search(lambda: User.objects.filter(email_canonical=Given("address", CharField())).order_by())


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


def entrance(told: Callable[[], Iterable[Combinable]] = tuple) -> Telling:
    """The change that marks that she came in, if she is as she was proven, and tells `told` of her. It locks her row.

    Hashing took a while: she may have been shut out, signed out everywhere, or have changed her password in the meantime.
    """
    ended = (Coalesce(name, Value(NEVER, MOMENT)) for name in ("password_changed_at", "not_before"))
    proven = dict(zip(("since", "ended"), ended, strict=True))
    given = {name: Given(name, MOMENT) for name in proven}
    change = Change(
        lambda: User.objects.alias(**proven).filter(pk=Given("who", UUIDField()), is_active=True, **given),
        lambda: {"last_login": Given("at", MOMENT)},
    )
    return Telling(change, lambda: User.objects.order_by().values_list("pk", *told()))


ENTRANCE = entrance()


def let_in(proven: Proven, *, actor: Actor, at: datetime) -> User | None:
    """Mark that she came in, and take back what the tries were counted for. None where she has changed meanwhile."""
    with transaction.atomic():
        with entering(proven, actor=actor, at=at) as entered:
            pass
        if entered.row is None:
            transaction.set_rollback(True)
    return proven.user if entered.row else None


@contextmanager
def entering(
    proven: Proven, through: Telling = ENTRANCE, *, actor: Actor, at: datetime, **given: Any
) -> Iterator[Outcome]:
    """As `let_in`, for whoever has more to write with it: in here, and in a transaction that is rolled back without a `row`."""
    user, encoded = proven
    given |= {"since": user.password_changed_at or NEVER, "ended": user.not_before or NEVER}
    with together(through, who=user.pk, at=at, **given) as entered:
        guard.give_back(user.email_canonical, actor=actor, at=at)
        yield entered
    if entered.row is None:
        return
    if encoded != user.password:
        # Not a password change: nothing that was proven with it dies.
        User.objects.filter(pk=user.pk, password=user.password).update(password=encoded)
    user.password, user.last_login = encoded, at


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
