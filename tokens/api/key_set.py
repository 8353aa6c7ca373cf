"""The public keys, for whoever checks our tokens."""

from django.conf import settings
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common.http.permissions import PUBLIC
from common.http.views import ApiView
from tokens import keyring
from tokens.api import serializers


class KeySet(ApiView):
    """The keys that check our tokens (RFC 7517): the present one, the next, and the retired while their tokens live."""

    needs = {"GET": PUBLIC}

    @extend_schema(responses=serializers.JsonWebKeySet)
    def get(self, request: Request) -> Response:
        del request
        may_keep = {"Cache-Control": f"public, max-age={settings.JWKS_CACHE_SECONDS}"}
        return Response({"keys": keyring.published(at=timezone.now())}, headers=may_keep)
