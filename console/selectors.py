"""What the overview shows. Each figure stops counting where more would tell nobody anything."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import User
from events.models import Delivery, DeliveryState, Event, OutboxEntry
from tokens.models import Session

BOUND = 10_000
RECENT = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """`model` is whose list the figure leads to; `urgent`, whether anything above nought wants looking into."""

    model: str
    label: str
    count: int
    query: str = ""
    urgent: bool = False

    @property
    def shown(self) -> str:
        return f"{self.count:,}" if self.count <= BOUND else f"{BOUND:,}+"


def figures(*, places_of: Callable[[str], tuple[str, ...]], at: datetime) -> list[Figure]:
    """What there is at the places at which the one who looks holds a permission, as `places_of` tells them."""
    people = User.objects.within(places_of("user:view"))
    alive = Session.objects.alive(at=at).within(places_of("session:view"))
    waiting = OutboxEntry.objects.waiting()
    dead = counted(Delivery.objects.filter(state=DeliveryState.DEAD))
    return [
        Figure(model="accounts.User", label="Users", count=counted(people)),
        Figure(model="tokens.Session", label="Sessions alive", count=counted(alive)),
        Figure(model="events.OutboxEntry", label="Events to relay", count=counted(waiting)),
        Figure(
            model="events.Delivery",
            label="Deliveries given up",
            count=dead,
            query="?state__exact=dead",
            urgent=dead > 0,
        ),
    ]


def counted(rows: QuerySet[Any]) -> int:
    """How many there are, or one more than `BOUND`."""
    return rows.order_by()[: BOUND + 1].count()


def recent_events() -> list[Event]:
    return list(Event.objects.order_by("-id")[:RECENT])


def addresses_of(user_ids: Iterable[UUID | None]) -> dict[UUID, str]:
    wanted = {found for found in user_ids if found}
    return dict(User.objects.filter(pk__in=wanted).values_list("pk", "email"))
