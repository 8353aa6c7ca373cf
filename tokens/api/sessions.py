"""Where people are signed in: for themselves, and for staff."""

from typing import ClassVar, cast
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from common.errors import NotFound
from common.http.actors import actor_of
from common.http.permissions import SELF
from common.http.places import PlacedView
from common.http.views import ApiView, ListView
from tokens import selectors
from tokens.api import filters, serializers
from tokens.models import Session
from tokens.services import ending, sessions


class OwnSessions(ListView):
    """Where she is signed in. DELETE ends all of them but the one that asks."""

    needs = {"GET": SELF, "DELETE": SELF}
    is_versioned = False
    output = serializers.OwnSessionAnswer

    def rows(self, request: Request) -> QuerySet[Session]:
        return Session.objects.alive(at=timezone.now()).filter(user=request.user.pk)

    @extend_schema(responses={204: None})
    def delete(self, request: Request) -> Response:
        actor, herself = actor_of(request), cast("User", request.user)
        sessions.end_all(
            herself.pk, except_session=actor.session_id, reason="ended_by_owner", actor=actor, at=timezone.now()
        )
        return Response(status=204)


class OwnSession(ApiView):
    needs = {"DELETE": SELF}
    is_versioned = False

    @extend_schema(responses={204: None})
    def delete(self, request: Request, session_id: UUID) -> Response:
        # What no list shows is not there either, whether it was ended or ran out.
        session = Session.objects.alive(at=timezone.now()).filter(user=request.user.pk, pk=session_id).first()
        if session is None:
            raise NotFound
        sessions.end(session, reason="ended_by_owner", actor=actor_of(request), at=timezone.now())
        return Response(status=204)


class Sessions(PlacedView, ListView):
    """The living sessions of those whose place the caller looks after."""

    shows = "session:view"
    needs = {"GET": "session:view"}
    output = serializers.SessionAnswer
    filterset_class: ClassVar = filters.SessionFilter
    search_fields = ("user", "ip", "client_id")

    def rows(self, request: Request) -> QuerySet[Session]:
        return self.known(request, Session.objects.alive(at=timezone.now()))

    def search(self, rows: QuerySet[Session], said: str) -> QuerySet[Session]:
        return rows.filter(selectors.sessions_named(said))


class SessionsEnd(PlacedView):
    """End all living sessions that match, at the caller's places: every filter that is named, and at least one.

    Skipped are sessions of people who outrank the caller, and the one in which he asks. Asking again changes nothing.
    Of more than 10,000 the newest end, and `more` says that some are left: ask again.
    """

    shows = "session:view"
    needs = {"POST": "session:end"}
    is_versioned = False

    @extend_schema(request=serializers.SessionsEndRequest, responses=serializers.SessionsEndAnswer)
    def post(self, request: Request) -> Response:
        wanted = self.read(request, serializers.SessionsEndRequest)
        tally = ending.end_wanted(wanted, actor=actor_of(request), at=timezone.now())
        return Response(serializers.SessionsEndAnswer(tally).data)


class OneSession(PlacedView):
    shows = "session:view"
    needs = {"DELETE": "session:end"}
    is_versioned = False

    @extend_schema(responses={204: None})
    def delete(self, request: Request, session_id: UUID) -> Response:
        living = Session.objects.select_related("user").alive(at=timezone.now())
        session = self.one(request, living, session_id)
        sessions.end(session, reason="ended_by_staff", actor=actor_of(request), at=timezone.now())
        return Response(status=204)

    def guarded(self, row: Session) -> User:
        return row.user
