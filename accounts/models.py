"""People and machines, the links mailed to people, and the counters that slow down who guesses at their passwords."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models
from django.db.models import Q
from django.utils.crypto import salted_hmac

from accounts import addresses, preferences
from accounts.principals import Principal
from common import scopes
from common.actors import ActorKind
from common.identifiers import uuid7
from common.places import PlacedQuerySet


class UserQuerySet(PlacedQuerySet["User"]):
    def at_address(self, address: str) -> UserQuerySet:
        """Whoever has this address, in whatever spelling; nobody where it is none."""
        return self.filter(email_canonical=addresses.canonical_or_blank(address))

    def get_by_natural_key(self, username: str | None) -> User:
        """Django's own question, for a manager of users."""
        return self.at_address(username or "").get()

    def beginning(self, term: str) -> UserQuerySet:
        """Those whose address or name begins so, in any spelling. PostgreSQL answers from indexes."""
        address = unicodedata.normalize("NFKC", term).casefold()
        return self.filter(Q(email_canonical__startswith=address) | Q(display_name__istartswith=term))

    def unproven(self) -> UserQuerySet:
        """Those whose address nobody has shown to be theirs, and who are not staff."""
        return self.filter(email_verified_at=None, is_staff=False)

    def ruling(self) -> UserQuerySet:
        """The superusers who can act."""
        return self.filter(is_superuser=True, is_active=True)


class User(Principal, AbstractBaseUser):
    """A person who can sign in. `email` is what she typed; `email_canonical` is what all its spellings have in common.

    What she may do is asked of the authentication backends (`has_perm`), so this app needs not know who answers.
    """

    actor_kind = ActorKind.USER

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField(max_length=254)
    email_canonical = models.CharField("e-mail address", max_length=320, unique=True, editable=False)
    display_name = models.CharField(max_length=150, blank=True)
    locale = models.CharField(max_length=16, default="en", validators=[preferences.check_locale])
    timezone = models.CharField(max_length=64, default="UTC", validators=[preferences.check_time_zone])
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    is_superuser = models.BooleanField(default=False)
    # Where she is at home: whoever administers that place, or one above it, administers her.
    scope = models.CharField(max_length=scopes.MAX_LENGTH, default=scopes.ROOT, db_default=scopes.ROOT, db_index=True)
    # She signed up herself: she cannot sign in before her address is proven, and is forgotten if it never is.
    self_registered = models.BooleanField(default=False, editable=False)
    email_verified_at = models.DateTimeField(null=True, blank=True)
    password_changed_at = models.DateTimeField(null=True, blank=True)
    # Proof given before this moment (a token, a cookie) is dead. Moved by "sign out everywhere".
    not_before = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    USERNAME_FIELD = "email_canonical"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(email_canonical=""), name="a_user_has_an_address"),
            models.CheckConstraint(condition=Q(is_superuser=False) | Q(is_staff=True), name="a_superuser_is_staff"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["created_at"], name="user_by_creation"),
            # Few among a million, and what staff looks for.
            models.Index(fields=["-id"], name="user_unproven", condition=Q(email_verified_at=None)),
            models.Index(fields=["-id"], name="user_closed", condition=Q(is_active=False)),
            models.Index(fields=["-id"], name="user_staff", condition=Q(is_staff=True)),
            models.Index(fields=["-id"], name="user_ruling", condition=Q(is_superuser=True)),
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def may_enter(self) -> bool:
        """Whether the right password lets her in."""
        return self.is_active and not self.awaits_proof

    @property
    def awaits_proof(self) -> bool:
        """Whether somebody signed up with this address and nobody has shown yet that it is hers."""
        return self.self_registered and self.email_verified_at is None

    def get_session_auth_hash(self) -> str:
        """What the admin's cookie is bound to: it dies with a new password, and with "sign out everywhere".

        Not bound to the hash itself, which is also renewed at sign-in when the cost of hashing is raised.
        """
        return self._session_bond(secret=None)

    def get_session_auth_fallback_hash(self) -> Iterable[str]:
        return (self._session_bond(secret=secret) for secret in settings.SECRET_KEY_FALLBACKS)

    def _session_bond(self, *, secret: str | None) -> str:
        bond = f"{self.pk} {self.password_changed_at} {self.not_before}"
        return salted_hmac("accounts.session", bond, secret=secret, algorithm="sha256").hexdigest()


class ServiceAccountQuerySet(PlacedQuerySet["ServiceAccount"]):
    """Those that lie at a place."""


class ServiceAccount(Principal, models.Model):
    """A machine that can be let in: an application, a job. It has no address and no password; its secrets are kept by tokens."""

    actor_kind = ActorKind.SERVICE_ACCOUNT
    is_authenticated = True
    is_anonymous = is_staff = is_superuser = False

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=150, unique=True)
    description = models.CharField(max_length=500, blank=True)
    is_active = models.BooleanField(default=True)
    scope = models.CharField(max_length=scopes.MAX_LENGTH, default=scopes.ROOT, db_default=scopes.ROOT)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(editable=False)
    updated_at = models.DateTimeField(editable=False)

    objects = ServiceAccountQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(name=""), name="a_service_account_has_a_name")]

    def __str__(self) -> str:
        return self.name


class LinkPurpose(models.TextChoices):
    VERIFY_EMAIL = "verify_email"
    RESET_PASSWORD = "reset_password"  # noqa: S105  a purpose, not a password
    INVITATION = "invitation"


class EmailLinkQuerySet(models.QuerySet["EmailLink"]):
    def usable(self, *, at: datetime) -> EmailLinkQuerySet:
        return self.filter(used_at=None, expires_at__gt=at)


class EmailLink(models.Model):
    """A secret that was mailed to `address` and proves, once and for a short time, that its reader owns that address."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="email_links")
    purpose = models.CharField(max_length=20, choices=LinkPurpose.choices)
    digest = models.CharField(max_length=64, unique=True)
    address = models.EmailField(max_length=254)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    objects = EmailLinkQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            # A newer link takes the older one's place, so an older mail opens nothing.
            models.UniqueConstraint(
                fields=["user", "purpose"], condition=Q(used_at=None), name="one_open_link_per_purpose"
            )
        ]
        indexes: ClassVar = [models.Index(fields=["expires_at"], name="link_by_expiry")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.user_id}"


class SignInCounter(models.Model):
    """Tries at one account (whatever the spelling or door) or from one address, counted before the password is looked at."""

    key = models.CharField(max_length=80, primary_key=True)
    attempts = models.PositiveIntegerField(default=0)
    window_ends_at = models.DateTimeField()
    locked_until = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["window_ends_at"], name="counter_by_window")]

    def __str__(self) -> str:
        return self.key
