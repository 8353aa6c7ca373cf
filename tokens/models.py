"""Signing keys and sessions. Tokens themselves are never stored: a session and its counter say which ones live."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from common.identifiers import uuid7


class KeyState(models.TextChoices):
    PENDING = "pending"
    ACTIVE = "active"
    RETIRED = "retired"


class SigningKey(models.Model):
    """A key pair. It is published while pending, signs while active, and verifies until the last token it signed is dead."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kid = models.CharField(max_length=64, unique=True)
    algorithm = models.CharField(max_length=10, default="ES256")
    state = models.CharField(max_length=10, choices=KeyState.choices, default=KeyState.PENDING)
    sealed_private_key = models.BinaryField()
    public_jwk = models.JSONField()
    created_at = models.DateTimeField()
    activated_at = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True)
    verifies_until = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["algorithm"], condition=Q(state=KeyState.ACTIVE), name="one_active_key_per_algorithm"
            ),
            models.UniqueConstraint(
                fields=["algorithm"], condition=Q(state=KeyState.PENDING), name="one_pending_key_per_algorithm"
            ),
        ]

    def __str__(self) -> str:
        return self.kid


class SessionQuerySet(models.QuerySet["Session"]):
    def alive(self, *, at: datetime) -> SessionQuerySet:
        return self.filter(revoked_at=None, idle_expires_at__gt=at, expires_at__gt=at)


class Session(models.Model):
    """One sign-in of one person on one device: a family of tokens that lives and dies together.

    `refresh_counter` is the number of the one refresh token that may be used next. `rotated_at` is when it was made, so
    that a client which lost that answer can be given the same token again for a short while.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sessions")
    client_id = models.CharField(max_length=80, default="first-party")
    device_name = models.CharField(max_length=150, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)
    ip = models.GenericIPAddressField(null=True)
    amr = models.JSONField(default=list)
    authenticated_at = models.DateTimeField()
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField()
    idle_expires_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    refresh_counter = models.PositiveIntegerField(default=0)
    rotated_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoked_reason = models.CharField(max_length=40, blank=True)

    objects = SessionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(idle_expires_at__lte=F("expires_at")), name="idle_life_is_within_absolute_life"
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["user", "-id"], name="session_open_by_user", condition=Q(revoked_at=None)),
            models.Index(fields=["ip", "-id"], name="session_open_by_address", condition=Q(revoked_at=None)),
            models.Index(fields=["client_id", "-id"], name="session_open_by_client", condition=Q(revoked_at=None)),
            models.Index(fields=["idle_expires_at"], name="session_by_idle_expiry"),
            models.Index(fields=["revoked_at"], name="session_revoked", condition=Q(revoked_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.device_name or 'unknown device'} {self.id}"
