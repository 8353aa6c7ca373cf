"""What staff does with people at their places. Whoever outranks the caller can be looked at and not touched."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import filters, serializers
from accounts.models import User
from accounts.services import lifecycle, recovery
from common import scopes
from common.actors import Actor
from common.errors import Refused
from common.http.actors import actor_of
from common.http.etags import expected_version
from common.http.idempotency import idempotent
from common.http.places import PlacedView, asked_scope, home_for
from common.http.serializers import StrictSerializer
from common.http.views import ListView, answer
from common.scopes import Place


class Users(PlacedView, ListView):
    """`search` looks for each word in the address and the name."""

    shows = "user:view"
    needs = {"GET": "user:view", "POST": "user:add"}
    output = serializers.UserAnswer
    filterset_class: ClassVar = filters.UserFilter
    search_fields = ("email_canonical", "display_name")
    ordering_fields = ("created_at", "email_canonical")

    def rows(self, request: Request) -> QuerySet[User]:
        return self.known(request, User.objects.all())

    def admit(self, request: Request) -> None:
        if request.method == "POST":
            self.home = home_for(request, "user:add", asked_scope(request))

    @extend_schema(request=serializers.UserRequest, responses={201: serializers.UserAnswer})
    @idempotent
    def post(self, request: Request) -> Response:
        """Without a password she is invited by mail to set one. Only staff makes staff.

        Without a `scope` she is at home where the caller may make people, if that is one place.
        """
        asked = self.read(request, serializers.UserRequest)
        user = lifecycle.create(**{**asked, "scope": self.home}, actor=actor_of(request), at=timezone.now())
        if isinstance(user, Refused):
            return self.told(user)
        return answer(serializers.UserAnswer(user).data, status=201, version=user.version)


class OneUser(PlacedView):
    shows = "user:view"
    needs = {"GET": "user:view", "PATCH": "user:change", "DELETE": "user:delete"}

    @extend_schema(responses=serializers.UserAnswer)
    def get(self, request: Request, user_id: UUID) -> Response:
        user = self.one(request, User.objects.all(), user_id)
        return answer(serializers.UserAnswer(user).data, version=user.version)

    @extend_schema(request=serializers.UserChangeRequest, responses=serializers.UserAnswer)
    def patch(self, request: Request, user_id: UUID) -> Response:
        """`is_staff` and `is_superuser` are given and taken only by who has them. Her password is nobody's but hers.

        To give her another `scope` takes the permission at the old and at the new one.
        """
        user = self.one(request, User.objects.all(), user_id)
        asked = self.read(request, serializers.UserChangeRequest)
        self.check(request, "user:change", Place(scopes.checked(asked.get("scope", user.scope))))
        changed = lifecycle.update(
            user,
            changes=asked,
            if_version=expected_version(request),
            actor=actor_of(request),
            at=timezone.now(),
        )
        if isinstance(changed, Refused):
            return self.told(changed)
        return answer(serializers.UserAnswer(changed).data, version=changed.version)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, user_id: UUID) -> Response:
        """Erase: the account and all that hangs on it are gone. The audit trail keeps the id."""
        user = self.one(request, User.objects.all(), user_id)
        lifecycle.erase(user, if_version=expected_version(request), actor=actor_of(request), at=timezone.now())
        return Response(status=204)


class UserAction(PlacedView):
    """One thing that staff does to one person, by POST."""

    shows = "user:view"
    takes: ClassVar[type[StrictSerializer]] = serializers.NothingRequest

    def post(self, request: Request, user_id: UUID) -> Response:
        user = self.one(request, User.objects.all(), user_id)
        asked = self.read(request, self.takes)
        return self.act(user, actor=actor_of(request), at=timezone.now(), **asked)

    def act(self, user: User, *, actor: Actor, at: datetime, **said: Any) -> Response:
        raise NotImplementedError


@extend_schema_view(post=extend_schema(request=serializers.DeactivationRequest, responses=serializers.UserAnswer))
class UserDeactivation(UserAction):
    """Shut the account; all her sessions end. Doing it twice changes nothing."""

    needs = {"POST": "user:change"}
    takes = serializers.DeactivationRequest

    def act(self, user: User, *, actor: Actor, at: datetime, **said: Any) -> Response:
        lifecycle.deactivate(user, **said, actor=actor, at=at)
        return _as_it_is(user)


@extend_schema_view(post=extend_schema(request=None, responses=serializers.UserAnswer))
class UserReactivation(UserAction):
    """Open the account again. She signs in anew."""

    needs = {"POST": "user:change"}

    def act(self, user: User, *, actor: Actor, at: datetime, **said: Any) -> Response:
        lifecycle.reactivate(user, **said, actor=actor, at=at)
        return _as_it_is(user)


@extend_schema_view(post=extend_schema(request=None, responses={204: None}))
class UserUnlocking(UserAction):
    """Forget the wrong tries at her password, so that she may try again now."""

    needs = {"POST": "user:unlock"}

    def act(self, user: User, *, actor: Actor, at: datetime, **said: Any) -> Response:
        lifecycle.unlock(user, **said, actor=actor, at=at)
        return Response(status=204)


@extend_schema_view(post=extend_schema(request=None, responses={204: None}))
class UserSignOut(UserAction):
    """End all her sessions, everywhere."""

    needs = {"POST": "session:end"}

    def act(self, user: User, *, actor: Actor, at: datetime, **said: Any) -> Response:
        lifecycle.sign_out(user, **said, actor=actor, at=at)
        return Response(status=204)


@extend_schema_view(post=extend_schema(request=None, responses={202: None}))
class UserPasswordReset(UserAction):
    """Have a link mailed to her stored address; to whom has not joined yet, the invitation. The caller never sees it."""

    needs = {"POST": "user:send_password_reset"}

    def act(self, user: User, *, actor: Actor, at: datetime, **said: Any) -> Response:
        recovery.send_link(user, **said, actor=actor, at=at)
        return Response(status=202)


def _as_it_is(user: User) -> Response:
    user.refresh_from_db()
    return answer(serializers.UserAnswer(user).data, version=user.version)
