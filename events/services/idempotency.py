"""Answers that are given again: one row for each caller and Idempotency-Key, and the database decides who was first."""

import base64
import json
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import IntegrityError, OperationalError, transaction

from common.encryption import decrypt, encrypt
from common.errors import Conflict
from common.idempotency import Answer, IdempotencyKeyReused
from common.secrets import digest_of
from events.models import RememberedAnswer

KEPT = timedelta(hours=24)
LOCK_NOT_AVAILABLE = "55P03"
TRIES = 3


class IdempotencyKeyInUse(Conflict):
    """The first request is still running. Its answer can be had by asking again."""

    code = "idempotency_key_in_use"
    title = "A request with this Idempotency-Key is still being answered"


def remember(*, caller: str, key: str, request_digest: str, run: Callable[[], Answer], at: datetime) -> Answer:
    """What `run` answers, or what it answered the first time; see `common.idempotency.Store`."""
    with transaction.atomic():
        row = _claim(RememberedAnswer(caller=caller, key_digest=digest_of(key), request_digest=request_digest), at=at)
        if row.sealed_answer is not None:
            return _again(row, request_digest)
        answer = run()
        if not answer.is_success:
            row.delete()
            return answer
        row.sealed_answer = _sealed(answer)
        row.save(update_fields=["sealed_answer"])
    return answer


def _claim(wanted: RememberedAnswer, *, at: datetime) -> RememberedAnswer:
    """Our row, or the finished one of whoever came first. On PostgreSQL the insert waits until that one has decided."""
    wanted.created_at = at
    for _ in range(TRIES):
        if _insert(wanted):
            return wanted
        known = RememberedAnswer.objects.filter(caller=wanted.caller, key_digest=wanted.key_digest).first()
        if known and known.created_at > at - KEPT:
            return known
        # Too old to count, or gone since: the place is free, and the next insert decides who takes it.
        if known:
            RememberedAnswer.objects.filter(pk=known.pk).delete()
    raise IdempotencyKeyInUse(retry_after=1)


def _insert(wanted: RememberedAnswer) -> bool:
    try:
        with transaction.atomic():
            wanted.save(force_insert=True)
    except IntegrityError:
        return False
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None) == LOCK_NOT_AVAILABLE:
            raise IdempotencyKeyInUse(retry_after=1) from None
        raise
    return True


def _again(row: RememberedAnswer, request_digest: str) -> Answer:
    if row.request_digest != request_digest:
        raise IdempotencyKeyReused
    said = json.loads(decrypt(bytes(row.sealed_answer or b"")))
    return Answer(status=said["status"], headers=said["headers"], body=base64.b64decode(said["body"]))


def _sealed(answer: Answer) -> bytes:
    said = {**answer._asdict(), "body": base64.b64encode(answer.body).decode()}
    return encrypt(json.dumps(said).encode())
