"""Staff's view of what happened and of what is still owed: read-only, but for a second chance to what failed."""

from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.contrib.filters.admin import RangeDateTimeFilter

from common.admin import HouseAdmin
from common.http.actors import actor_of
from events import bus
from events.models import Delivery, Event, OutboxEntry
from events.services import delivery


class SpanFilter(RangeDateTimeFilter):  # type: ignore[misc]  # unfold is untyped
    """From one time to another, in the server's zone. A day without an hour is all of that day."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        del request
        edges = {"gte": self._edge("from", time.min), "lte": self._edge("to", time.max)}
        return queryset.filter(**{f"{self.parameter_name}__{side}": edge for side, edge in edges.items() if edge})

    def _edge(self, name: str, hour: time) -> datetime | None:
        said_day, said_hour = (self.used_parameters.get(f"{self.parameter_name}_{name}_{part}") for part in (0, 1))
        try:
            day = date.fromisoformat(said_day or "")
            return timezone.make_aware(datetime.combine(day, time.fromisoformat(said_hour) if said_hour else hour))
        except ValueError:
            return None


class KindFilter(admin.SimpleListFilter):
    """The kinds that the code knows; asking the table would read all of it."""

    title = "type"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        del request, model_admin
        return [(kind, kind) for kind in sorted(bus.facts)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Event]) -> QuerySet[Event]:
        del request
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(Event)
class EventAdmin(HouseAdmin):
    list_display = ("occurred_at", "kind", "subject", "actor", "ip")
    list_filter = (KindFilter, ("occurred_at", SpanFilter))
    list_filter_submit = True
    link_filters: ClassVar[tuple[str, ...]] = ("subject_id", "actor_id")
    search_fields = ("=id", "=subject_id", "=actor_id")
    search_help_text = "The whole id of an event, of who or what it is about, or of who did it"
    ordering = ("-occurred_at",)

    @admin.display(description="about")
    def subject(self, event: Event) -> str:
        return f"{event.subject_type} {event.subject_id}"

    @admin.display(description="by")
    def actor(self, event: Event) -> str:
        return f"{event.actor_kind} {event.actor_label or event.actor_id or ''}".strip()


class ConsumerFilter(admin.SimpleListFilter):
    title = "consumer"
    parameter_name = "consumer"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterator[tuple[str, str]]:
        del request, model_admin
        return ((name, name) for name in sorted(bus.consumers))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> QuerySet[Delivery]:
        del request
        return queryset.filter(consumer=self.value()) if self.value() else queryset


@admin.register(Delivery)
class DeliveryAdmin(HouseAdmin):
    list_display = ("created_at", "consumer", "event", "state", "attempts", "next_attempt_at", "last_error")
    list_filter = ("state", ConsumerFilter)
    list_select_related = ("event",)
    link_filters: ClassVar[tuple[str, ...]] = ("event_id",)
    search_fields = ("=id", "=event_id")
    search_help_text = "The whole id of a delivery or of its event"
    actions = ("retry",)

    def has_retry_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.holds(request, "retry", obj)

    @admin.action(description="Try again now", permissions=["retry"])
    def retry(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        who, now = actor_of(request), timezone.now()
        revived = sum(delivery.retry(found, actor=who, at=now) for found in queryset)
        self.message_user(request, f"{revived} will be tried again; the others have not failed.", messages.SUCCESS)


@admin.register(OutboxEntry)
class OutboxEntryAdmin(HouseAdmin):
    list_display = ("event", "relayed_at")
    list_filter = (("relayed_at", admin.EmptyFieldListFilter),)
    list_select_related = ("event",)
    search_fields = ("=event_id",)
    search_help_text = "The whole id of an event"
