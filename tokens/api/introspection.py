"""RFC 7662: whether a token is good now, and whose it is, for a service that was handed it."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.http.parsers import StrictFormParser, StrictJSONParser
from common.http.serializers import CleanCharField, StrictSerializer
from common.http.views import ApiView
from tokens import introspection
from tokens.api.serializers import TokenField

INACTIVE = {"active": False}


class IntrospectionRequest(StrictSerializer):
    """RFC 7662, section 2.1. The hint is taken and not needed: a token says itself what it is."""

    token = TokenField()
    token_type_hint = CleanCharField(max_length=80, required=False, allow_blank=True)


class IntrospectionAnswer(serializers.Serializer[Any]):
    """Of a token that is not good, for whatever cause, `active` is all that is said. `exp` is there where it ever ends."""

    active = serializers.BooleanField()
    sub = serializers.UUIDField(required=False)
    sid = serializers.UUIDField(required=False)
    exp = serializers.IntegerField(required=False)
    iat = serializers.IntegerField(required=False)
    iss = serializers.CharField(required=False)
    aud = serializers.CharField(required=False)
    scope = serializers.CharField(required=False)
    client_id = serializers.CharField(required=False)
    token_type = serializers.CharField(required=False)
    roles = serializers.ListField(child=serializers.CharField(), required=False)


class Introspection(ApiView):
    """Whether a token is good now. The roles are those that its holder has everywhere (`/`) at this moment."""

    needs = {"POST": "token:introspect"}
    is_versioned = False
    parser_classes = [StrictJSONParser, StrictFormParser]

    @extend_schema(request=IntrospectionRequest, responses=IntrospectionAnswer)
    def post(self, request: Request) -> Response:
        asked = self.read(request, IntrospectionRequest)
        found = introspection.told_of(asked["token"], at=timezone.now())
        # No cache keeps it: a moment later the answer may be another.
        return Response(found or INACTIVE, headers={"Cache-Control": "no-store"})
