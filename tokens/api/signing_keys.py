"""Signing keys for staff: what there is, and putting the next ones in their place. No private half comes near."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.http.actors import actor_of
from common.http.serializers import CleanCharField, StrictSerializer, UtcDateTimeField
from common.http.views import ApiView, ListView
from tokens.models import SigningKey
from tokens.services import keys


class RotateRequest(StrictSerializer):
    """`emergency` removes every key, and with them every token, the caller's own included."""

    emergency = serializers.BooleanField(default=False)
    algorithm = CleanCharField(max_length=10, required=False)


class SigningKeyAnswer(serializers.ModelSerializer[SigningKey]):
    public_jwk = serializers.DictField(child=serializers.CharField())
    created_at = UtcDateTimeField()
    activated_at = UtcDateTimeField(allow_null=True)
    retired_at = UtcDateTimeField(allow_null=True)
    verifies_until = UtcDateTimeField(allow_null=True)

    class Meta:
        model = SigningKey
        fields = [
            "id",
            "kid",
            "algorithm",
            "state",
            "created_at",
            "activated_at",
            "retired_at",
            "verifies_until",
            "public_jwk",
        ]


class RotateAnswer(serializers.Serializer[Any]):
    """The keys that take over: the pending ones do in a few minutes, once every cache of the key set can have them."""

    keys = SigningKeyAnswer(many=True)


class SigningKeys(ListView):
    """The keys that sign, those that will, and those that only verify any more."""

    needs = {"GET": "signing_key:view"}
    output = SigningKeyAnswer

    def rows(self, request: Request) -> QuerySet[SigningKey]:
        del request
        return SigningKey.objects.defer("sealed_private_key")


class SigningKeyRotation(ApiView):
    """Put the next keys in the place of the present ones. To ask again while they wait changes nothing."""

    needs = {"POST": "signing_key:rotate"}
    is_versioned = False

    @extend_schema(request=RotateRequest, responses=RotateAnswer)
    def post(self, request: Request) -> Response:
        asked = self.read(request, RotateRequest)
        taking_over = keys.renew(**asked, actor=actor_of(request), at=timezone.now())
        return Response(RotateAnswer({"keys": taking_over}).data)
