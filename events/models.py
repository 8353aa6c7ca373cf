"""The audit trail, the outbox, and what is owed to each subscriber."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q

from common.identifiers import uuid7


class Event(models.Model):
    """One fact, as it happened: a line of the audit trail. It points at nothing, so deleting an account cannot rewrite history."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=100)
    version = models.PositiveSmallIntegerField(default=1)
    subject_type = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=64)
    data = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    actor_kind = models.CharField(max_length=20)
    actor_id = models.UUIDField(null=True)
    actor_label = models.CharField(max_length=150, blank=True)
    ip = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=300, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    session_id = models.UUIDField(null=True)
    occurred_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["kind", "-id"], name="event_by_kind"),
            models.Index(fields=["subject_id", "-id"], name="event_by_subject"),
            models.Index(fields=["actor_id", "-id"], name="event_by_actor"),
            models.Index(fields=["occurred_at"], name="event_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id}"

    def save(self, **options: Any) -> None:
        if not self._state.adding:
            raise TypeError("the audit trail is only ever added to")
        super().save(**options)

    def delete(self, *_: Any, **__: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("the audit trail is only ever added to")


class OutboxQuerySet(models.QuerySet["OutboxEntry"]):
    def waiting(self) -> OutboxQuerySet:
        return self.filter(relayed_at=None)


class OutboxEntry(models.Model):
    """A fact that the relay has still to hand to its subscribers; after that, the mark that it has."""

    event = models.OneToOneField(Event, on_delete=models.DO_NOTHING, primary_key=True, db_constraint=False)
    relayed_at = models.DateTimeField(null=True)

    objects = OutboxQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "outbox entries"
        indexes: ClassVar = [
            models.Index(fields=["event"], name="outbox_waiting", condition=Q(relayed_at=None)),
            models.Index(fields=["relayed_at"], name="outbox_relayed", condition=Q(relayed_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return str(self.event_id)


class DeliveryState(models.TextChoices):
    PENDING = "pending"
    LEASED = "leased"
    DONE = "done"
    DEAD = "dead"


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def due(self, *, at: datetime) -> DeliveryQuerySet:
        """What a worker may take now: waiting and due, or leased by a worker that has not come back in time."""
        waiting = Q(state=DeliveryState.PENDING, next_attempt_at__lte=at)
        abandoned = Q(state=DeliveryState.LEASED, leased_until__lte=at)
        return self.filter(waiting | abandoned)


class Delivery(models.Model):
    """One event owed to one subscriber. `attempts` fences: a worker woken after its lease carries an older number."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    event = models.ForeignKey(Event, on_delete=models.DO_NOTHING, db_constraint=False, related_name="deliveries")
    consumer = models.CharField(max_length=100)
    queue = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=DeliveryState.choices, default=DeliveryState.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["event", "consumer"], name="one_delivery_per_event_and_consumer"),
            models.CheckConstraint(
                condition=~Q(state=DeliveryState.LEASED) | Q(leased_until__isnull=False), name="a_lease_ends"
            ),
        ]
        indexes: ClassVar = [
            models.Index(F("next_attempt_at"), name="delivery_pending", condition=Q(state="pending")),
            models.Index(F("leased_until"), name="delivery_leased", condition=Q(state="leased")),
            models.Index(F("finished_at"), name="delivery_finished", condition=Q(finished_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.consumer} {self.event_id}"


class RememberedAnswer(models.Model):
    """What a POST with an Idempotency-Key was answered, so that its repetition gets the same (sealed: it may show a secret)."""

    caller = models.CharField(max_length=80)
    key_digest = models.CharField(max_length=64)
    request_digest = models.CharField(max_length=64)
    sealed_answer = models.BinaryField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["caller", "key_digest"], name="one_answer_per_caller_and_key")
        ]
        indexes: ClassVar = [models.Index(fields=["created_at"], name="remembered_by_time")]

    def __str__(self) -> str:
        return f"{self.caller} {self.created_at:%Y-%m-%d %H:%M}"
