"""Signing keys put under the newest of ENCRYPTION_KEYS, so that an older one can go."""

from collections.abc import Iterator
from typing import NamedTuple
from uuid import UUID

import structlog

from common import encryption
from common.errors import Unavailable
from tokens.models import SigningKey

BATCH = 100
log = structlog.get_logger(__name__)


class Resealed(NamedTuple):
    """How many were put under the newest key, and the ids of those that no key opens."""

    done: int
    unreadable: list[str]


class Sealed(NamedTuple):
    pk: UUID
    kid: str
    private: bytes


def reseal_all() -> Resealed:
    """Safe to run again, and by two at once. A key that cannot be opened is left as it is, and does not stop the others."""
    done, unreadable = 0, []
    for row in _outdated():
        try:
            done += _reseal(row)
        except Unavailable:
            unreadable.append(row.kid)
    if unreadable:
        log.error("signing_keys_cannot_be_opened", kids=unreadable)
    if done:
        log.info("signing_keys_resealed", count=done)
    return Resealed(done, unreadable)


def _reseal(row: Sealed) -> int:
    # Only over what was read: another may have been quicker.
    same = SigningKey.objects.filter(pk=row.pk, sealed_private_key=row.private)
    return same.update(sealed_private_key=encryption.reseal(row.private))


def _outdated() -> Iterator[Sealed]:
    rows = SigningKey.objects.order_by("id").values_list("pk", "kid", "sealed_private_key")
    batch = list(rows[:BATCH])
    while batch:
        found = (Sealed(pk, kid, bytes(private)) for pk, kid, private in batch)
        yield from (row for row in found if not encryption.is_current(row.private))
        batch = list(rows.filter(pk__gt=batch[-1][0])[:BATCH])
