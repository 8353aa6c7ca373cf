"""The audit trail over HTTP: read, never written."""

from uuid import UUID

from django.db.models import QuerySet
from django_filters import CharFilter, FilterSet, UUIDFilter
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common.errors import NotFound
from common.http.filters import InstantFilter
from common.http.views import ApiView, ListView, answer
from events.api.serializers import EventOutput
from events.models import Event


class EventFilter(FilterSet):  # type: ignore[misc]  # django-filter is untyped
    type = CharFilter(field_name="kind")
    subject = CharFilter(field_name="subject_id")
    subject_type = CharFilter()
    actor = UUIDFilter(field_name="actor_id")
    since = InstantFilter(field_name="occurred_at", lookup_expr="gte")
    until = InstantFilter(field_name="occurred_at", lookup_expr="lt")


class EventList(ListView):
    needs = {"GET": "event:view"}
    output = EventOutput
    filterset_class = EventFilter
    ordering = "-occurred_at"

    def rows(self, request: Request) -> QuerySet[Event]:
        del request
        return Event.objects.all()


class EventDetail(ApiView):
    needs = {"GET": "event:view"}

    @extend_schema(responses=EventOutput)
    def get(self, request: Request, event_id: UUID) -> Response:
        del request
        found = Event.objects.filter(pk=event_id).first()
        if found is None:
            raise NotFound
        return answer(EventOutput(found).data, version=1)  # an event never changes
