"""What the caller holds, over HTTP."""

from typing import cast

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common import scopes
from common.http.permissions import SELF
from common.http.views import ApiView, UnknownParameter, answer
from rbac import selectors
from rbac.api import serializers
from rbac.selectors import Holder


class OwnPermissions(ApiView):
    """What the caller holds now, and by what: each way by which it comes to her. With `scope`, only what holds there."""

    needs = {"GET": SELF}
    open_to_keys = True

    @extend_schema(parameters=[OpenApiParameter("scope", str)], responses=serializers.OwnPermissionsAnswer)
    def get(self, request: Request) -> Response:
        if set(request.query_params) - {"scope"}:
            # A typo must not list what holds elsewhere.
            raise UnknownParameter("This takes: scope.")
        asked = request.query_params.get("scope")
        scope = None if asked is None else scopes.checked(asked)
        found = selectors.effective_permissions(cast("Holder", request.user), scope=scope, at=timezone.now())
        held = [{"name": name, "sources": sources} for name, sources in found.items()]
        return answer(serializers.OwnPermissionsAnswer({"scope": scope, "permissions": held}).data)
