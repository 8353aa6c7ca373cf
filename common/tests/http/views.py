"""A small API that shows each convention once; it stands in for the apps, which common must not know."""

from collections.abc import Iterator
from typing import Any, ClassVar

import django_filters
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation, TooManyFieldsSent
from django.db import DataError, InterfaceError, OperationalError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django_celery_results.models import TaskResult
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.errors import Conflict, FieldError, Invalid, NotFound, TooManyRequests, Unavailable
from common.http.actors import actor_of
from common.http.etags import expected_version
from common.http.filters import TruthFilter
from common.http.idempotency import idempotent
from common.http.parsers import StrictFormParser, StrictJSONParser
from common.http.permissions import PUBLIC, SELF
from common.http.serializers import CleanCharField, StrictSerializer, UtcDateTimeField
from common.http.views import ApiView, ListView, answer
from common.throttle import Limit

VERSION = 3


class Place(StrictSerializer):
    city = CleanCharField(max_length=20)


class Note(StrictSerializer):
    id = serializers.IntegerField(read_only=True)
    title = CleanCharField(max_length=20)
    body = CleanCharField(required=False, multiline=True, max_bytes=40)
    secret = CleanCharField(required=False, verbatim=True)
    place = Place(required=False)
    tags = serializers.ListField(child=CleanCharField(), required=False)
    due_at = UtcDateTimeField(required=False)


class Echo(ApiView):
    """Says what it heard."""

    needs = {"GET": PUBLIC, "POST": PUBLIC}
    parser_classes = [StrictJSONParser, StrictFormParser]

    @extend_schema(responses={200: dict})
    def get(self, request: Request) -> Response:
        actor = actor_of(request)
        return answer({"kind": actor.kind, "id": actor.id, "ip": actor.ip, "request_id": actor.request_id})

    @extend_schema(request=dict, responses={200: dict})
    def post(self, request: Request) -> Response:
        return answer({"heard": request.data})


class Notes(ApiView):
    """Takes notes."""

    needs = {"POST": SELF}

    @extend_schema(request=Note, responses={201: Note})
    @idempotent
    def post(self, request: Request) -> Response:
        wanted = Note(data=request.data)
        wanted.is_valid(raise_exception=True)
        TaskResult.objects.create(
            task_id=f"note-{TaskResult.objects.count()}", task_name=wanted.validated_data["title"]
        )
        if wanted.validated_data["title"] == "taken":
            raise Conflict("There is such a note.")
        if wanted.validated_data["title"] == "later":
            return answer({"later": True}, status=409)
        said = {**wanted.data, "count": TaskResult.objects.count()}
        return answer(said, status=201, version=1)


class OneNote(ApiView):
    needs = {"GET": "note:view", "PATCH": SELF, "DELETE": "note:delete"}

    @extend_schema(responses=Note)
    def get(self, request: Request, note: str) -> Response:
        self.check(request, "note:view", note)
        return answer({"title": note}, version=VERSION)

    @extend_schema(request=Note, responses=Note)
    def patch(self, request: Request, note: str) -> Response:
        return answer({"title": note, "expected": expected_version(request)}, version=VERSION)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, note: str) -> Response:
        del request, note
        return answer(status=204)

    def put(self, request: Request, note: str) -> Response:
        """Named in no needs: reached by nobody."""
        raise AssertionError


class Hurried(ApiView):
    """May be asked twice a minute, and has no versions."""

    needs = {"GET": PUBLIC, "DELETE": PUBLIC}
    refusals = frozenset({401})
    is_versioned = False
    limits: ClassVar = {"GET": Limit("hurried", 2, 60)}

    @extend_schema(responses={200: dict})
    def get(self, request: Request) -> Response:
        del request
        return answer({})

    @extend_schema(responses={204: None})
    def delete(self, request: Request) -> Response:
        del request
        return answer(status=204)


class TaskRow(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField(source="task_name")
    started_at = UtcDateTimeField(source="date_started")


class TaskFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter is untyped
    name = django_filters.CharFilter(field_name="task_name")
    id = django_filters.NumberFilter()
    is_anonymous = TruthFilter(field_name="task_name", lookup_expr="isnull")
    status = django_filters.ChoiceFilter(choices=[("SUCCESS", "SUCCESS"), ("FAILURE", "FAILURE")])


class Tasks(ListView):
    """The rows of a table with ties and blanks in it."""

    needs = {"GET": "task:view"}
    output = TaskRow
    filterset_class: ClassVar = TaskFilter
    search_fields = ("task_name", "worker__startswith")
    ordering_fields = ("task_name", "date_started", "date_created")

    def rows(self, request: Request) -> QuerySet[Any]:
        del request
        return TaskResult.objects.all()


def _failures() -> Iterator[tuple[str, BaseException]]:
    yield "domain", Invalid("Not so.", errors=[FieldError("title", "too_long", "Too long.")])
    yield "missing", NotFound()
    yield "busy", TooManyRequests(retry_after=7)
    yield "busy-somehow", TooManyRequests()
    yield "down", Unavailable("The mail server does not answer.")
    yield "drf-auth", exceptions.AuthenticationFailed(code="token_not_valid")
    yield "drf-denied", exceptions.PermissionDenied()
    yield "drf-throttled", exceptions.Throttled(wait=1.2)
    yield "http404", Http404("a secret path")
    yield "denied", PermissionDenied("a secret reason")
    yield "too-big", RequestDataTooBig()
    yield "too-many", TooManyFieldsSent()
    yield "suspicious", SuspiciousOperation("a secret suspicion")
    yield "unreadable", UnreadablePostError()
    yield "unicode", UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte")
    yield "database", OperationalError("no route to 10.0.0.7")
    yield "interface", InterfaceError("connection already closed")
    yield "value", DataError("integer out of range")
    yield "bug", RuntimeError("a secret bug")


FAILURES = dict(_failures())


class Failing(ApiView):
    """Fails as it is told to."""

    needs = {"GET": PUBLIC}

    @extend_schema(responses={200: dict})
    def get(self, request: Request, how: str) -> Response:
        del request
        raise FAILURES[how]


def failing_page(request: HttpRequest, how: str) -> HttpResponse:
    """The same outside of DRF."""
    del request
    raise FAILURES[how]
