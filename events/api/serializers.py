"""How an event looks to a client."""

from typing import Any

from rest_framework import serializers

from common.http.serializers import UtcDateTimeField
from events.models import Event


class SubjectOutput(serializers.Serializer[Event]):
    type = serializers.CharField(source="subject_type")
    id = serializers.CharField(source="subject_id")


class ActorOutput(serializers.Serializer[Event]):
    kind = serializers.CharField(source="actor_kind")
    id = serializers.UUIDField(source="actor_id", allow_null=True)
    label = serializers.CharField(source="actor_label")  # type: ignore[assignment]  # a field's name, not Field.label


class EventOutput(serializers.Serializer[Event]):
    id = serializers.UUIDField()
    type = serializers.CharField(source="kind")
    version = serializers.IntegerField()
    subject = SubjectOutput(source="*")
    actor = ActorOutput(source="*")
    data: Any = serializers.DictField()
    ip = serializers.CharField(allow_null=True)
    user_agent = serializers.CharField()
    request_id = serializers.CharField()
    session_id = serializers.UUIDField(allow_null=True)
    occurred_at = UtcDateTimeField()
