"""Ending many sessions at once: all that match, but for those of people whom the one who asks may not touch."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple, TypedDict
from uuid import UUID

from common.actors import Actor
from rbac import selectors
from tokens.models import Session, SessionQuerySet
from tokens.services import sessions

BATCH = 200
MOST = 10_000  # in one call, so that it is over before whoever waits for it gives up


class Wanted(TypedDict, total=False):
    """Which sessions are meant; what is not named does not matter."""

    user: UUID
    ip: str
    client_id: str
    created_before: datetime
    ids: list[UUID]


class Tally(NamedTuple):
    """`skipped` live on. `more`: there were so many that some are left; asking again goes on with them."""

    ended: int = 0
    skipped: int = 0
    more: bool = False


LOOKUPS = {"user": "user_id", "ip": "ip", "client_id": "client_id", "created_before": "created_at__lt", "ids": "pk__in"}


def end_wanted(wanted: Wanted, *, actor: Actor, at: datetime) -> Tally:
    """At least one filter: the whole world is not signed out by an oversight."""
    if not wanted:
        raise ValueError("an empty wish would end every session")
    matching: dict[str, Any] = {LOOKUPS[name]: value for name, value in wanted.items()}
    return end_living(Session.objects.filter(**matching), reason="ended_by_staff", actor=actor, at=at)


def end_living(among: SessionQuerySet, *, reason: str, actor: Actor, at: datetime) -> Tally:
    """End the living sessions `among` these that lie at the actor's places, in batches of a transaction each: what is locked
    is locked for a moment only.

    Skipped are people who outrank the actor, and the session in which he asks: he ends that by signing out.
    """
    tally = Tally()
    places = selectors.places_for(actor, "session:end", at=at)
    for batch in _batches(among.within(places).alive(at=at)):
        if tally.ended >= MOST:
            return tally._replace(more=True)
        chosen = _touchable(batch, actor=actor, at=at)
        ended = sessions.end_these(chosen, reason=reason, actor=actor, at=at)
        tally = Tally(tally.ended + ended, tally.skipped + len(batch) - len(chosen))
    return tally


def _touchable(batch: dict[UUID, UUID], *, actor: Actor, at: datetime) -> list[UUID]:
    beyond = selectors.who_outrank(actor, set(batch.values()), at=at)
    return [one for one, user in batch.items() if user not in beyond and one != actor.session_id]


def _batches(rows: SessionQuerySet) -> Iterator[dict[UUID, UUID]]:
    """Ids of sessions and of whose they are, newest first. Each begins where the last one ended: the skipped stay behind."""
    left = rows.order_by("-pk")
    while batch := dict(left.values_list("pk", "user_id")[:BATCH]):
        yield batch
        left = left.filter(pk__lt=min(batch))
