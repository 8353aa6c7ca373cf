"""What beat asks of tokens. All are safe to run twice, and by two at once."""

from celery import shared_task
from django.utils import timezone

from tokens.services import keys, retention


@shared_task(name="tokens.purge_sessions")
def purge_sessions(**_: object) -> int:
    return retention.purge(at=timezone.now())


@shared_task(name="tokens.purge_secrets")
def purge_secrets(**_: object) -> int:
    return retention.purge_secrets(at=timezone.now())


@shared_task(name="tokens.purge_revocations")
def purge_revocations(**_: object) -> int:
    return retention.purge_revocations(at=timezone.now())


@shared_task(name="tokens.keys_tend")
def keys_tend(**_: object) -> None:
    keys.tend(at=timezone.now())
