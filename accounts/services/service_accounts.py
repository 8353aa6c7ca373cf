"""What staff does to machines' accounts: makes them, changes them, shuts and opens them, deletes them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from accounts.errors import MovedMeanwhile, ServiceAccountExists
from accounts.events import (
    ServiceAccountCreated,
    ServiceAccountDeactivated,
    ServiceAccountDeleted,
    ServiceAccountMoved,
    ServiceAccountReactivated,
    ServiceAccountUpdated,
)
from accounts.models import ServiceAccount
from common import scopes
from common.actors import Actor
from common.errors import FieldError, NotFound, VersionMismatch
from events.bus import publish

EDITABLE = frozenset({"name", "description", "scope"})


@transaction.atomic
def create(name: str, *, description: str = "", scope: str = scopes.ROOT, actor: Actor, at: datetime) -> ServiceAccount:
    """An account that may nothing and cannot come in: roles and secrets are given to it one by one."""
    home = scopes.checked(scope)
    account = ServiceAccount(name=name, description=description, scope=home, created_at=at, updated_at=at)
    _store(account, force_insert=True)
    publish(ServiceAccountCreated(subject_id=account.pk, name=name, scope=home), actor=actor, at=at)
    return account


@transaction.atomic
def update(
    account: ServiceAccount, *, changes: Mapping[str, Any], if_version: int | None = None, actor: Actor, at: datetime
) -> ServiceAccount:
    """Change fields out of `EDITABLE`; where nothing is new, nothing is written. Gives back the account as it now is."""
    found = _locked(account, if_version=if_version)
    changed = {name: value for name, value in changes.items() if name in EDITABLE and getattr(found, name) != value}
    if not changed:
        return found
    if "scope" in changed:
        _leave(found, seen_at=account.scope, to=changed["scope"], actor=actor, at=at)
    _change(found, at=at, **changed)
    publish(ServiceAccountUpdated(subject_id=found.pk, changed=sorted(changed)), actor=actor, at=at)
    return found


@transaction.atomic
def deactivate(account: ServiceAccount, *, reason: str = "", actor: Actor, at: datetime) -> bool:
    """Shut it: from the next request on its secrets and tokens open nothing. False when it was shut already."""
    found = _locked(account)
    if not found.is_active:
        return False
    _change(found, at=at, is_active=False)
    publish(ServiceAccountDeactivated(subject_id=found.pk, reason=reason), actor=actor, at=at)
    return True


@transaction.atomic
def reactivate(account: ServiceAccount, *, actor: Actor, at: datetime) -> bool:
    """Open it again; its secrets buy tokens again, those from before stay dead. False when it was open."""
    found = _locked(account)
    if found.is_active:
        return False
    _change(found, at=at, is_active=True)
    publish(ServiceAccountReactivated(subject_id=found.pk), actor=actor, at=at)
    return True


@transaction.atomic
def delete(account: ServiceAccount, *, if_version: int | None = None, actor: Actor, at: datetime) -> None:
    """Delete its row, its secrets and its roles. The trail keeps the id, which is never given again."""
    found = _locked(account, if_version=if_version)
    publish(ServiceAccountDeleted(subject_id=found.pk, name=found.name), actor=actor, at=at)
    found.delete()


def _locked(account: ServiceAccount, *, if_version: int | None = None) -> ServiceAccount:
    found = ServiceAccount.objects.select_for_update().filter(pk=account.pk).first()
    if found is None:
        raise NotFound
    if if_version not in {None, found.version}:
        raise VersionMismatch
    return found


def _leave(account: ServiceAccount, *, seen_at: str, to: str, actor: Actor, at: datetime) -> None:
    # Whoever asks was asked whether she may at the place where she saw it.
    if account.scope != seen_at:
        raise MovedMeanwhile
    fact = ServiceAccountMoved(subject_id=account.pk, left=account.scope, scope=scopes.checked(to))
    publish(fact, actor=actor, at=at)


def _change(account: ServiceAccount, *, at: datetime, **fields: Any) -> None:
    for name, value in fields.items():
        setattr(account, name, value)
    account.version, account.updated_at = account.version + 1, at
    _store(account, update_fields=[*fields, "version", "updated_at"])


def _store(account: ServiceAccount, **how: Any) -> None:
    try:
        with transaction.atomic():
            account.save(**how)
    except IntegrityError:
        raise ServiceAccountExists(
            errors=[FieldError("name", ServiceAccountExists.code, ServiceAccountExists.title)]
        ) from None
