"""A store of answers in memory, with the promises of `common.idempotency.Store`."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from common.idempotency import Answer, IdempotencyKeyReused

remembered: dict[tuple[str, str], tuple[str, Answer]] = {}


def remember(*, caller: str, key: str, request_digest: str, run: Callable[[], Answer], at: datetime) -> Answer:
    assert at.tzinfo
    known = remembered.get((caller, key))
    if known is None:
        with transaction.atomic():
            answer = run()
        if answer.is_success:
            remembered[caller, key] = request_digest, answer
        return answer
    if known[0] != request_digest:
        raise IdempotencyKeyReused
    return known[1]
