"""Signing keys, sessions, the secrets of machines, API keys, and what was revoked.

Tokens themselves are never stored: a session and its counter, or a credential and its epoch, say which ones live.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from common import secrets
from common.identifiers import uuid7
from common.places import PlacedQuerySet


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


class SecretQuerySet(PlacedQuerySet[Any]):
    """Secrets that open a door by themselves: of machines, and API keys."""

    def usable(self, *, at: datetime) -> SecretQuerySet:
        return self.open().filter(Q(expires_at=None) | Q(expires_at__gt=at))

    def open(self) -> SecretQuerySet:
        """Those that nobody has revoked; the clock may have ended them."""
        return self.filter(revoked_at=None)

    def presented(self, raw: str, *, at: datetime) -> SecretQuerySet:
        """The one that somebody shows, if it is good. Found by its digest: no character of it can be guessed by itself."""
        return self.usable(at=at).filter(digest=secrets.digest_of(raw))


class CredentialQuerySet(SecretQuerySet):
    place = "service_account__scope"


class ApiKeyQuerySet(SecretQuerySet):
    place = "user__scope"


class SessionQuerySet(PlacedQuerySet["Session"]):
    place = "user__scope"

    def alive(self, *, at: datetime) -> SessionQuerySet:
        return self.filter(revoked_at=None, idle_expires_at__gt=at, expires_at__gt=at)


class Session(models.Model):
    """One sign-in of one person on one device: a family of tokens that lives and dies together.

    `refresh_counter` is the number of the one refresh token that may be used next. `rotated_at` is when it was made, so
    that a client which lost that answer can be given the same token again for a short while. `last_used_at` is written with it
    and never by a request that bears an access token: as coarse as those live, and no write for each request.
    `active_roles` are the ids of the roles that she has chosen to use in it; None while she has made no choice.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sessions")
    client_id = models.CharField(max_length=80, default="first-party")
    device_name = models.CharField(max_length=150, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)
    ip = models.GenericIPAddressField(null=True)
    amr = models.JSONField(default=list)
    active_roles = models.JSONField(null=True, default=None)
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

    @property
    def chosen_roles(self) -> frozenset[UUID] | None:
        return None if self.active_roles is None else frozenset(map(UUID, self.active_roles))


class ServiceCredential(models.Model):
    """One secret of a service account; several at once let it be changed without a gap.

    `epoch` stands in the tokens that were bought with it, as their `sid`: a new one ends them all. So no row is written
    for a token. The `client_id` is the service account's id.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    service_account = models.ForeignKey("accounts.ServiceAccount", on_delete=models.CASCADE, related_name="credentials")
    digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=12)
    epoch = models.UUIDField(default=uuid7, unique=True)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = CredentialQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["service_account", "-id"], name="credential_by_account"),
            models.Index(fields=["expires_at"], name="credential_by_expiry", condition=Q(expires_at__isnull=False)),
            models.Index(fields=["revoked_at"], name="credential_revoked", condition=Q(revoked_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.hint}…"


class ApiKey(models.Model):
    """A long-lived secret by which a program acts for a person: never for more than she may herself at that time.

    `scopes` are patterns that this is cut down to; `*:*` for all that she may, none for nothing but to look at herself.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=150)
    digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=12)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = "API key"
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["user", "-id"], name="api_key_by_user"),
            models.Index(fields=["expires_at"], name="api_key_by_expiry", condition=Q(expires_at__isnull=False)),
            models.Index(fields=["revoked_at"], name="api_key_revoked", condition=Q(revoked_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.hint}…"


class RevocationKind(models.TextChoices):
    SESSION = "session"
    SUBJECT = "subject"
    SIGNING_KEY = "signing_key"


class Revocation(models.Model):
    """A line of the feed for those who verify offline: what tokens are dead although their signature is good, while any could live.

    `named` is the `sid`, `sub` or `kid` that the dead tokens carry; of a subject, those from before `not_before`.
    """

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=12, choices=RevocationKind.choices)
    named = models.CharField(max_length=64)
    not_before = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["id"]
        default_permissions = ("view",)
        indexes: ClassVar = [models.Index(fields=["expires_at"], name="revocation_by_expiry")]

    def __str__(self) -> str:
        return f"{self.kind} {self.named}"
