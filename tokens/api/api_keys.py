"""A person's own API keys. Made and revoked only by herself, signed in: a key that leaked makes no further keys."""

from typing import cast
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from common.errors import NotFound
from common.http.actors import actor_of
from common.http.idempotency import idempotent
from common.http.permissions import SELF
from common.http.serializers import CleanCharField, StrictSerializer, UtcDateTimeField
from common.http.views import ApiView, ListView
from tokens.models import ApiKey
from tokens.services import api_keys

UNSTORED = {"Cache-Control": "no-store"}
MOST_SCOPES = 100


class ApiKeyRequest(StrictSerializer):
    """Without `scopes` the key is good for all that she may, whatever that is at the time."""

    name = CleanCharField(max_length=150)
    scopes = serializers.ListField(child=CleanCharField(max_length=161), required=False, max_length=MOST_SCOPES)
    expires_at = UtcDateTimeField(required=False, allow_null=True)


class ApiKeyAnswer(serializers.ModelSerializer[ApiKey]):
    """`hint` is how the key begins. `last_used_at` is told to the minute."""

    scopes = serializers.ListField(child=serializers.CharField())
    created_at = UtcDateTimeField()
    last_used_at = UtcDateTimeField(allow_null=True)
    expires_at = UtcDateTimeField(allow_null=True)

    class Meta:
        model = ApiKey
        fields = ["id", "name", "hint", "scopes", "created_at", "last_used_at", "expires_at"]


class NewApiKeyAnswer(ApiKeyAnswer):
    """`key` is shown here and never again."""

    key = serializers.SerializerMethodField()

    class Meta(ApiKeyAnswer.Meta):
        fields = [*ApiKeyAnswer.Meta.fields, "key"]

    def get_key(self, key: ApiKey) -> str:
        del key
        return str(self.context["key"])


class OwnApiKeys(ListView):
    """Those that are not revoked."""

    needs = {"GET": SELF, "POST": SELF}
    is_versioned = False
    output = ApiKeyAnswer

    def rows(self, request: Request) -> QuerySet[ApiKey]:
        return ApiKey.objects.open().filter(user=request.user.pk)

    @extend_schema(request=ApiKeyRequest, responses={201: NewApiKeyAnswer})
    @idempotent
    def post(self, request: Request) -> Response:
        """403 `privilege_escalation` for scopes that she does not hold. What she loses later her keys lose with her."""
        asked = self.read(request, ApiKeyRequest)
        made = api_keys.create(cast("User", request.user), **asked, actor=actor_of(request), at=timezone.now())
        shown = NewApiKeyAnswer(made.key, context={"key": made.value})
        return Response(shown.data, status=201, headers=UNSTORED)


class OwnApiKey(ApiView):
    """Revoke it: from the next request on it opens nothing."""

    needs = {"DELETE": SELF}
    is_versioned = False

    @extend_schema(responses={204: None})
    def delete(self, request: Request, key_id: UUID) -> Response:
        key = ApiKey.objects.open().filter(pk=key_id, user=request.user.pk).first()
        if key is None:
            raise NotFound
        api_keys.revoke(key, reason="revoked_by_owner", actor=actor_of(request), at=timezone.now())
        return Response(status=204)
