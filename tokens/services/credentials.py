"""The secrets of service accounts: several at once, shown once, revoked one by one."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import transaction

from accounts.models import ServiceAccount
from common.actors import Actor
from common.errors import NotFound, Refused
from common.identifiers import uuid7
from events.bus import publish
from rbac.errors import PrivilegeEscalation
from rbac.selectors import gained_through
from tokens.errors import TooManyCredentials
from tokens.events import CredentialAdded, CredentialRefused, CredentialRevoked, CredentialTokensEnded
from tokens.models import ServiceCredential
from tokens.services import revocations, shown_once

PREFIX = "ids"
# Two are needed to change one without a gap; hundreds are a program that has run wild.
MOST = 20


class Added(NamedTuple):
    """`client_secret` is nowhere else, and never again."""

    credential: ServiceCredential
    client_secret: str


@transaction.atomic
def add(account: ServiceAccount, *, expires_at: datetime | None = None, actor: Actor, at: datetime) -> Added | Refused:
    """A further secret. Who has it is the machine, so the actor has to hold all that the account does."""
    shown_once.check_expiry(expires_at, at=at)
    # Whoever gives it a role locks this row, too, so that no role slips in after the question what it holds.
    if not ServiceAccount.objects.select_for_update().filter(pk=account.pk).exists():
        raise NotFound
    if missing := gained_through(account, actor, at=at):
        publish(CredentialRefused(subject_id=account.pk, missing=missing), actor=actor, at=at)
        return Refused(PrivilegeEscalation(missing, "as this account does"))
    if account.credentials.usable(at=at).count() >= MOST:
        raise TooManyCredentials
    value, stored = shown_once.mint(PREFIX)
    credential = ServiceCredential.objects.create(
        service_account=account, created_at=at, expires_at=expires_at, **stored
    )
    fact = CredentialAdded(subject_id=credential.pk, service_account_id=account.pk, expires_at=expires_at)
    publish(fact, actor=actor, at=at)
    return Added(credential, value)


@transaction.atomic
def revoke(credential: ServiceCredential, *, actor: Actor, at: datetime) -> bool:
    """It and the tokens bought with it are dead. False when they were already; then nothing is recorded."""
    revoked = ServiceCredential.objects.open().filter(pk=credential.pk).update(revoked_at=at)
    if revoked:
        account_id = credential.service_account_id
        revocations.of_sessions([credential.epoch], owners=[account_id], at=at)
        publish(CredentialRevoked(subject_id=credential.pk, service_account_id=account_id), actor=actor, at=at)
    return bool(revoked)


def proven(client_id: str, client_secret: str, *, at: datetime) -> ServiceCredential | None:
    """The credential that a client shows. None for every cause: unknown, wrong, another's, expired, revoked, shut."""
    there_are = ServiceCredential.objects.select_related("service_account")
    found = shown_once.find(there_are, client_secret, at=at)
    if not isinstance(found, ServiceCredential) or not found.service_account.is_active:
        return None
    return found if str(found.service_account_id) == client_id else None


@transaction.atomic
def end_tokens(epoch: UUID, *, actor: Actor, at: datetime) -> bool:
    """End the tokens that carry this epoch; their credential is good for new ones. False where there is no such credential."""
    credential = ServiceCredential.objects.open().filter(epoch=epoch).first()
    return credential is not None and _renew(credential, actor=actor, at=at)


@transaction.atomic
def end_tokens_of(account_id: UUID, *, actor: Actor, at: datetime) -> None:
    """End all tokens of a service account."""
    for credential in ServiceCredential.objects.open().filter(service_account=account_id):
        _renew(credential, actor=actor, at=at)


def _renew(credential: ServiceCredential, *, actor: Actor, at: datetime) -> bool:
    same = ServiceCredential.objects.open().filter(pk=credential.pk, epoch=credential.epoch)
    if not same.update(epoch=uuid7()):
        return False
    account_id = credential.service_account_id
    revocations.of_sessions([credential.epoch], owners=[account_id], at=at)
    publish(CredentialTokensEnded(subject_id=credential.pk, service_account_id=account_id), actor=actor, at=at)
    return True
