"""The audit trail, the outbox, and what is owed to each subscriber."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, NoReturn

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q

from common.identifiers import uuid7


class EventQuerySet(models.QuerySet["Event"]):
    """Reads and adds. What changes many rows at once is refused like what changes one."""

    def update(self, **_: Any) -> NoReturn:
        raise TypeError(ONLY_ADDED_TO)

    def delete(self) -> NoReturn:
        raise TypeError(ONLY_ADDED_TO)


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

    objects = EventQuerySet.as_manager()

    class Meta:
        # By time and then by id, which tells the order within one request: so a page and a span of time use one index.
        ordering: ClassVar = ["-occurred_at", "-id"]
        default_permissions = ("view",)
        indexes: ClassVar = [
            models.Index(fields=["-occurred_at", "-id"], name="event_by_time"),
            models.Index(fields=["kind", "-occurred_at", "-id"], name="event_by_kind"),
            models.Index(fields=["subject_id", "-occurred_at", "-id"], name="event_by_subject"),
            models.Index(fields=["actor_id", "-occurred_at", "-id"], name="event_by_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id}"

    def save(self, **options: Any) -> None:
        if not self._state.adding:
            raise TypeError(ONLY_ADDED_TO)
        # An INSERT whatever the id, so that no copy of a row can be saved over it.
        super().save(**{**options, "force_insert": True})

    def delete(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError(ONLY_ADDED_TO)


ONLY_ADDED_TO = "the audit trail is only ever added to"


class OutboxQuerySet(models.QuerySet["OutboxEntry"]):
    def waiting(self) -> OutboxQuerySet:
        return self.filter(relayed_at=None)


class OutboxEntry(models.Model):
    """A fact that the relay has still to hand to its subscribers; after that, the mark that it has.

    `owed_to` names consumer and queue as the publisher knew them: the relay may be an older worker that knows fewer.
    """

    event = models.OneToOneField(Event, on_delete=models.DO_NOTHING, primary_key=True, db_constraint=False)
    owed_to = models.JSONField(default=dict)
    relayed_at = models.DateTimeField(null=True)

    objects = OutboxQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "outbox entries"
        default_permissions = ("view",)
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

    def unsent(self, *, at: datetime) -> DeliveryQuerySet:
        """What the sweep should send to Celery: due, with no message on its way that could still be believed in."""
        return self.filter(finished_at=None, sweep_at__lte=at)

    def held(self, delivery: Delivery) -> DeliveryQuerySet:
        """The row, if the lease under which `delivery` was read still stands."""
        return self.filter(pk=delivery.pk, state=DeliveryState.LEASED, attempts=delivery.attempts)


class Delivery(models.Model):
    """One event owed to one subscriber.

    `attempts` only grows, and fences: a worker woken after its lease carries an older number. `tries_left` ends in
    `dead`, from which staff may give new ones. `sweep_at` is when the sweep takes the message for lost and sends another.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    event = models.ForeignKey(Event, on_delete=models.DO_NOTHING, db_constraint=False, related_name="deliveries")
    consumer = models.CharField(max_length=100)
    queue = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=DeliveryState.choices, default=DeliveryState.PENDING)
    attempts = models.PositiveIntegerField(default=0)
    tries_left = models.PositiveSmallIntegerField()
    next_attempt_at = models.DateTimeField()
    sweep_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        ordering: ClassVar = ["-id"]
        default_permissions = ("view",)
        permissions: ClassVar = [("retry_delivery", "Can retry delivery")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["event", "consumer"], name="one_delivery_per_event_and_consumer"),
            models.CheckConstraint(
                condition=~Q(state=DeliveryState.LEASED) | Q(leased_until__isnull=False), name="a_lease_ends"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["done", "dead"], finished_at__isnull=False)
                | Q(state__in=["pending", "leased"], finished_at=None),
                name="a_delivery_is_finished_when_done_or_dead",
            ),
        ]
        indexes: ClassVar = [
            models.Index(F("sweep_at"), name="delivery_to_sweep", condition=Q(finished_at=None)),
            models.Index(F("finished_at"), name="delivery_done", condition=Q(state="done")),
            models.Index(fields=["-id"], name="delivery_dead", condition=Q(state="dead")),
            models.Index(fields=["consumer", "-id"], name="delivery_by_consumer"),
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
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["caller", "key_digest"], name="one_answer_per_caller_and_key")
        ]
        indexes: ClassVar = [models.Index(fields=["created_at"], name="remembered_by_time")]

    def __str__(self) -> str:
        return f"{self.caller} {self.created_at:%Y-%m-%d %H:%M}"
