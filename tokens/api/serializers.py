from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from common.http.serializers import CleanCharField, StrictSerializer, UtcDateTimeField
from tokens.models import Session


@extend_schema_field(str)
class TokenField(serializers.Field[str, str, str, Any]):
    """A string and nothing more: what it is worth is for `signing` to say, which looks at its length first."""

    default_error_messages = {"invalid": "Not a string."}

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return data

    def to_representation(self, value: str) -> str:
        return value


class SignInRequest(StrictSerializer):
    """`otp` is taken so that clients can send it always; it is looked at where a second factor is due."""

    email = CleanCharField(max_length=320)
    password = CleanCharField(verbatim=True, max_length=4096)
    otp = CleanCharField(max_length=64, required=False, allow_blank=True)
    device_name = CleanCharField(max_length=150, required=False, allow_blank=True)


class RefreshRequest(StrictSerializer):
    refresh = TokenField()


class VerifyRequest(StrictSerializer):
    token = TokenField()


class RevokeRequest(StrictSerializer):
    """RFC 7009, section 2.1. The hint is taken and not needed: a token says itself what it is."""

    token = TokenField()
    token_type_hint = CleanCharField(max_length=80, required=False, allow_blank=True)


class TokenPair(serializers.Serializer[Any]):
    access = serializers.CharField()
    refresh = serializers.CharField()
    token_type = serializers.CharField(default="Bearer")
    expires_in = serializers.IntegerField()


class SignedIn(TokenPair):
    session_id = serializers.UUIDField(source="session.pk")


class JsonWebKeySet(serializers.Serializer[Any]):
    keys = serializers.ListField(child=serializers.DictField(child=serializers.CharField()))


class SessionsEndRequest(StrictSerializer):
    user = serializers.UUIDField(required=False)
    ip = serializers.IPAddressField(required=False)
    client_id = CleanCharField(max_length=80, required=False)
    created_before = UtcDateTimeField(required=False)
    ids = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=1000, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs:
            raise serializers.ValidationError("Say which sessions: an empty wish would end them all.", code="required")
        return attrs


class SessionsEndAnswer(serializers.Serializer[Any]):
    ended = serializers.IntegerField()
    skipped = serializers.IntegerField()
    more = serializers.BooleanField()


class OwnSessionAnswer(serializers.ModelSerializer[Session]):
    current = serializers.SerializerMethodField()

    class Meta:
        model = Session
        fields = [
            "id",
            "client_id",
            "device_name",
            "user_agent",
            "ip",
            "amr",
            "created_at",
            "last_used_at",
            "expires_at",
            "current",
        ]

    def get_current(self, session: Session) -> bool:
        return bool(session.pk == getattr(self.context["request"].auth, "session_id", None))


class SessionAnswer(OwnSessionAnswer):
    class Meta(OwnSessionAnswer.Meta):
        fields = [*OwnSessionAnswer.Meta.fields, "user"]
