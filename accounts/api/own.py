"""What she may see and change of herself."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import serializers
from accounts.models import User
from accounts.services import lifecycle, passwords
from common.errors import NotFound, Refused
from common.http.actors import actor_of
from common.http.etags import expected_version
from common.http.permissions import SELF
from common.http.serializers import represented
from common.http.views import ApiView, answer


class Me(ApiView):
    """Her own account."""

    needs = {"GET": SELF, "PATCH": SELF}

    @extend_schema(responses=serializers.UserAnswer)
    def get(self, request: Request) -> Response:
        me = _me(request)
        return answer(represented(serializers.UserAnswer, me), version=me.version)

    @extend_schema(request=serializers.ProfileRequest, responses=serializers.UserAnswer)
    def patch(self, request: Request) -> Response:
        asked = self.read(request, serializers.ProfileRequest)
        me = lifecycle.update(
            _me(request),
            changes=asked,
            if_version=expected_version(request),
            actor=actor_of(request),
            at=timezone.now(),
        )
        if isinstance(me, Refused):
            return self.told(me)
        return answer(represented(serializers.UserAnswer, me), version=me.version)


class MyPassword(ApiView):
    """Change it with the current one. All other sessions end."""

    needs = {"POST": SELF}

    @extend_schema(request=serializers.PasswordChangeRequest, responses={204: None})
    def post(self, request: Request) -> Response:
        asked = self.read(request, serializers.PasswordChangeRequest)
        current, new = asked["current_password"], asked["password"]
        passwords.change(_me(request), current=current, new=new, actor=actor_of(request), at=timezone.now())
        return Response(status=204)


def _me(request: Request) -> User:
    # Machines sign in too, and are nobody's account.
    if not isinstance(request.user, User):
        raise NotFound
    return request.user
