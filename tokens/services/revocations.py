"""Telling those who remember or verify by themselves that proofs have died: in the feed, and at the stamps of all nodes.

To be called in the transaction of the change. A line of the feed stays for as long as a token that it is about could live.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from tokens import standing
from tokens.models import Revocation, RevocationKind
from tokens.signing import LEEWAY

# A request that was under way may hand out one more token, and a node's clock may be ahead.
MARGIN = timedelta(seconds=60)


def of_sessions(session_ids: Iterable[UUID], *, owners: Iterable[UUID], at: datetime) -> None:
    """These sessions of these people (or machines: their epochs) have ended."""
    _record(RevocationKind.SESSION, session_ids, at=at)
    standing.changed(*set(owners))


def of_subject(subject_id: UUID, *, not_before: datetime, at: datetime) -> None:
    """Whatever she got before `not_before` is dead."""
    _record(RevocationKind.SUBJECT, [subject_id], not_before=not_before, at=at)
    standing.changed(subject_id)


def of_signing_key(kid: str, *, at: datetime) -> None:
    """Nothing that this key signed is to be believed any more."""
    _record(RevocationKind.SIGNING_KEY, [kid], at=at)
    standing.everybody_changed()


def _record(
    kind: RevocationKind, named: Iterable[UUID | str], *, not_before: datetime | None = None, at: datetime
) -> None:
    expires_at = at + settings.ACCESS_TOKEN_LIFETIME + LEEWAY + MARGIN
    Revocation.objects.bulk_create(
        (
            Revocation(kind=kind, named=str(name), not_before=not_before, revoked_at=at, expires_at=expires_at)
            for name in named
        ),
        batch_size=1000,
    )
