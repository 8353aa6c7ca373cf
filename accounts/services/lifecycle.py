"""What staff does to accounts: makes them, changes them, shuts and opens them, signs people out, erases them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypedDict, Unpack

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from accounts import addresses
from accounts.errors import EmailTaken, LastAdministrator, MovedMeanwhile
from accounts.events import (
    UserCreated,
    UserDeactivated,
    UserErased,
    UserMoved,
    UserReactivated,
    UserSignedOut,
    UserUnlocked,
    UserUpdated,
)
from accounts.models import User
from accounts.services import guard, hashing, invitations, passwords, privileges, registration
from common import scopes
from common.actors import Actor
from common.errors import FieldError, Invalid, NotFound, Refused, VersionMismatch
from common.identifiers import uuid7
from events.bus import publish

EDITABLE = frozenset({"display_name", "locale", "timezone", "scope"}) | privileges.ALL


class Profile(TypedDict, total=False):
    display_name: str
    locale: str
    timezone: str
    email_verified: bool
    is_staff: bool
    is_superuser: bool
    scope: str


def create(
    *, email: str, password: str | None = None, actor: Actor, at: datetime, **profile: Unpack[Profile]
) -> User | Refused:
    """Make an account. Without a password she is invited by mail to set one; with one, her address may still be unproven.

    Raises `EmailTaken` and `PasswordUnacceptable`. Refused where the actor gives a privilege that he does not have.
    """
    given = {**profile, "scope": scopes.checked(profile.get("scope", scopes.ROOT))}
    verified = bool(given.pop("email_verified", False))
    if missing := privileges.lacking({name for name, value in given.items() if value}, actor=actor):
        return privileges.refused(uuid7(), "create", missing, actor=actor, at=at)
    if password is None:
        return _create(email, hashing.unusable(), None, actor=actor, at=at, verified=verified, **given)
    passwords.check_rules(password, context=passwords.context_of(email, str(given.get("display_name", ""))))
    return _create(email, hashing.of(password, actor=actor), at, actor=actor, at=at, verified=verified, **given)


def _create(
    email: str, encoded: str, changed_at: datetime | None, *, actor: Actor, at: datetime, verified: bool, **given: Any
) -> User:
    try:
        user = User(email=addresses.tidy(email), email_canonical=addresses.canonical(email), **given)
    except ValueError:
        raise Invalid(errors=[FieldError("email", "invalid", "This is not one e-mail address.")]) from None
    _require_staff_superuser(user)
    user.password, user.password_changed_at, user.created_at, user.updated_at = encoded, changed_at, at, at
    return _store(user, verified=verified, actor=actor, at=at)


@transaction.atomic
def _store(user: User, *, verified: bool, actor: Actor, at: datetime) -> User:
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError:
        raise EmailTaken(errors=[FieldError("email", EmailTaken.code, EmailTaken.title)]) from None
    publish(UserCreated(subject_id=user.pk, is_staff=user.is_staff, scope=user.scope), actor=actor, at=at)
    if user.password_changed_at is None:
        invitations.invite(user, actor=actor, at=at)
    if verified:
        registration.prove_address(user, actor=actor, at=at)
    elif user.password_changed_at:
        registration.resend(email=user.email, actor=actor, at=at)
    user.refresh_from_db()
    return user


@transaction.atomic
def update(
    user: User, *, changes: Mapping[str, Any], if_version: int | None = None, actor: Actor, at: datetime
) -> User | Refused:
    """Change fields out of `EDITABLE`; where nothing is new, nothing is written. Gives back the account as it now is.

    Refused where the actor gives or takes a privilege that he does not have.
    """
    found = _locked(user, if_version=if_version, with_rulers=bool(privileges.ALL & changes.keys()))
    changed = {name: value for name, value in changes.items() if name in EDITABLE and getattr(found, name) != value}
    if not changed:
        return found
    if missing := privileges.lacking(changed.keys(), actor=actor):
        return privileges.refused(found.pk, "update", missing, actor=actor, at=at)
    if changed.get("is_superuser") is False:
        _require_another_ruler(found)
    if "scope" in changed:
        _leave(found, seen_at=user.scope, to=changed["scope"], actor=actor, at=at)
    for name, value in changed.items():
        setattr(found, name, value)
    _require_staff_superuser(found)
    found.version, found.updated_at = found.version + 1, at
    found.save(update_fields=[*changed, "version", "updated_at"])
    publish(UserUpdated(subject_id=found.pk, changed=sorted(changed)), actor=actor, at=at)
    return found


@transaction.atomic
def deactivate(user: User, *, reason: str = "", actor: Actor, at: datetime) -> bool:
    """Shut the account; all her sessions end. False when it was shut already."""
    found = _locked(user, with_rulers=True)
    if not found.is_active:
        return False
    _require_another_ruler(found)
    # `not_before` too: cookies from before must not come back to life when she is let in again.
    _touch(found, at=at, is_active=False, not_before=at)
    publish(UserDeactivated(subject_id=found.pk, reason=reason), actor=actor, at=at)
    return True


@transaction.atomic
def reactivate(user: User, *, actor: Actor, at: datetime) -> bool:
    """Open the account again; she signs in anew. False when it was open."""
    found = _locked(user)
    if found.is_active:
        return False
    _touch(found, at=at, is_active=True)
    publish(UserReactivated(subject_id=found.pk), actor=actor, at=at)
    return True


@transaction.atomic
def unlock(user: User, *, actor: Actor, at: datetime) -> bool:
    """Forget the tries at her account. False when there were none."""
    forgotten = guard.forget(user.email_canonical, at=at)
    if forgotten:
        publish(UserUnlocked(subject_id=user.pk), actor=actor, at=at)
    return forgotten


@transaction.atomic
def sign_out(user: User, *, actor: Actor, at: datetime) -> None:
    """End everything that she has proven until now, everywhere."""
    if not User.objects.filter(pk=user.pk).update(not_before=at):
        raise NotFound
    publish(UserSignedOut(subject_id=user.pk), actor=actor, at=at)


@transaction.atomic
def erase(user: User, *, if_version: int | None = None, actor: Actor, at: datetime) -> None:
    """Delete her row and all that hangs on it. The trail keeps the id, which is never given again."""
    found = _locked(user, if_version=if_version, with_rulers=True)
    _require_another_ruler(found)
    publish(UserErased(subject_id=found.pk), actor=actor, at=at)
    guard.forget(found.email_canonical, at=at)
    found.delete()


def _leave(user: User, *, seen_at: str, to: str, actor: Actor, at: datetime) -> None:
    # Whoever asks was asked whether she may at the place where she saw her.
    if user.scope != seen_at:
        raise MovedMeanwhile
    publish(UserMoved(subject_id=user.pk, left=user.scope, scope=scopes.checked(to)), actor=actor, at=at)


def _touch(user: User, *, at: datetime, **fields: Any) -> None:
    User.objects.filter(pk=user.pk).update(updated_at=at, version=F("version") + 1, **fields)


def _locked(user: User, *, if_version: int | None = None, with_rulers: bool = False) -> User:
    # All in one statement and by key, so that two who lock the same rows never wait for each other in a ring.
    rulers = Q(is_superuser=True, is_active=True) if with_rulers else Q()
    wanted = User.objects.select_for_update().filter(Q(pk=user.pk) | rulers if with_rulers else Q(pk=user.pk))
    found = {row.pk: row for row in wanted.order_by("pk")}.get(user.pk)
    if found is None:
        raise NotFound
    if if_version not in {None, found.version}:
        raise VersionMismatch
    return found


def _require_another_ruler(user: User) -> None:
    """Asked with all rulers' rows locked, so that two of the last two cannot both go."""
    if user.is_superuser and user.is_active and not User.objects.ruling().exclude(pk=user.pk).exists():
        raise LastAdministrator


def _require_staff_superuser(user: User) -> None:
    if user.is_superuser and not user.is_staff:
        raise Invalid(errors=[FieldError("is_staff", "invalid", "A superuser is always staff.")])
