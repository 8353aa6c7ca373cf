"""Groups and their members over HTTP, at the places that the caller looks after."""

from typing import ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from common import scopes
from common.errors import NotFound
from common.http.actors import actor_of
from common.http.etags import expected_version
from common.http.idempotency import idempotent
from common.http.places import PlacedView, asked_scope, home_for
from common.http.views import ListView, answer
from common.scopes import Place
from rbac.api import filters, serializers
from rbac.errors import Refused
from rbac.models import Group, GroupMembership
from rbac.services import groups, memberships


class Groups(PlacedView, ListView):
    shows = "group:view"
    needs = {"GET": "group:view", "POST": "group:add"}
    output = serializers.GroupAnswer
    filterset_class: ClassVar = filters.GroupFilter
    search_fields = ("name", "title")
    ordering_fields = ("name", "created_at")
    ordering = "name"

    def rows(self, request: Request) -> QuerySet[Group]:
        return self.known(request, Group.objects.all())

    def admit(self, request: Request) -> None:
        if request.method == "POST":
            self.home = home_for(request, "group:add", asked_scope(request))

    @extend_schema(request=serializers.GroupRequest, responses={201: serializers.GroupAnswer})
    @idempotent
    def post(self, request: Request) -> Response:
        """It holds nothing yet and nobody is in it. `scope` is where it is at home."""
        asked = {**self.read(request, serializers.GroupRequest), "scope": self.home}
        return _answer(groups.create(**asked, actor=actor_of(request), at=timezone.now()), status=201)


class OneGroup(PlacedView):
    shows = "group:view"
    needs = {"GET": "group:view", "PATCH": "group:change", "DELETE": "group:delete"}

    @extend_schema(responses=serializers.GroupAnswer)
    def get(self, request: Request, group_id: UUID) -> Response:
        return _answer(self.one(request, Group.objects.all(), group_id))

    @extend_schema(request=serializers.GroupChangeRequest, responses=serializers.GroupAnswer)
    def patch(self, request: Request, group_id: UUID) -> Response:
        """Its name stays: others know it by that. To move it takes the permission at both places."""
        group = self.one(request, Group.objects.all(), group_id)
        asked = self.read(request, serializers.GroupChangeRequest)
        self.check(request, "group:change", Place(scopes.checked(asked.get("scope", group.scope))))
        changed = groups.update(
            group, changes=asked, if_version=expected_version(request), actor=actor_of(request), at=timezone.now()
        )
        return _answer(changed)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, group_id: UUID) -> Response:
        """Ends all that it holds. Nobody ends what she does not hold herself: 403 `privilege_escalation`."""
        refused = groups.delete(
            self.one(request, Group.objects.all(), group_id),
            if_version=expected_version(request),
            actor=actor_of(request),
            at=timezone.now(),
        )
        return self.told(refused) if refused else Response(status=204)


class GroupMembers(PlacedView, ListView):
    shows = "group:view"
    needs = {"GET": "group:view", "POST": "group:change"}
    is_versioned = False
    output = serializers.GroupMemberAnswer
    filterset_class: ClassVar = filters.GroupMemberFilter

    def admit(self, request: Request) -> None:
        self.group = self.one(request, Group.objects.all(), self.kwargs["group_id"])

    def rows(self, request: Request) -> QuerySet[GroupMembership]:
        del request
        return GroupMembership.objects.filter(group=self.group)

    @extend_schema(request=serializers.GroupMemberRequest, responses={201: serializers.GroupMemberAnswer})
    @idempotent
    def post(self, request: Request, group_id: UUID) -> Response:
        """She holds from now on what the group holds; who lets her in must hold it, too: 403 `privilege_escalation`."""
        del group_id
        asked = self.read(request, serializers.GroupMemberRequest)
        added = memberships.add(self.group, **asked, actor=actor_of(request), at=timezone.now())
        if isinstance(added, Refused):
            return self.told(added)
        return Response(serializers.GroupMemberAnswer(added).data, status=201)


class OneGroupMember(PlacedView):
    shows = "group:view"
    needs = {"DELETE": "group:change"}
    is_versioned = False

    @extend_schema(responses={204: None})
    def delete(self, request: Request, group_id: UUID, user_id: UUID) -> Response:
        group = self.one(request, Group.objects.all(), group_id)
        member = User.objects.filter(pk=user_id, group_memberships__group=group).first()
        if member is None:
            raise NotFound
        refused = memberships.remove(group, member, actor=actor_of(request), at=timezone.now())
        return self.told(refused) if refused else Response(status=204)


def _answer(group: Group, *, status: int = 200) -> Response:
    return answer(serializers.GroupAnswer(group).data, status=status, version=group.version)
