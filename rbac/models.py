"""Permissions, the roles that bundle them, and the assignments that hand roles to people."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import ServiceAccount, User
from common.identifiers import uuid7


class Permission(models.Model):
    """Something that can be allowed, as `resource:action`. Built-in ones mirror Django's models or guard our own routes."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=161, unique=True)
    description = models.CharField(max_length=300, blank=True)
    is_builtin = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def version(self) -> int:
        """It never changes."""
        return 1


class Role(models.Model):
    """A named bundle of permission patterns. Built-in roles are made by `bootstrap` and cannot be broken by hand."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.SlugField(max_length=80, unique=True)
    title = models.CharField(max_length=150, blank=True)
    description = models.CharField(max_length=500, blank=True)
    is_builtin = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class RolePermission(models.Model):
    """One pattern that a role holds. A name that is not a wildcard must have been declared (the service sees to it)."""

    role = models.ForeignKey(Role, on_delete=models.CASCADE, related_name="held")
    pattern = models.CharField(max_length=161)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["role", "pattern"], name="a_role_holds_a_pattern_once")
        ]
        indexes: ClassVar = [models.Index(fields=["pattern"], name="role_by_pattern")]
        default_permissions = ()  # it is changed with its role, never by itself

    def __str__(self) -> str:
        return self.pattern


class RoleAssignmentQuerySet(models.QuerySet["RoleAssignment"]):
    def open(self) -> RoleAssignmentQuerySet:
        """Those that nobody has ended; the clock may have."""
        return self.filter(ended_at=None)

    def standing(self, *, at: datetime) -> RoleAssignmentQuerySet:
        """Those that hold at `at`. Validity is decided here, by the clock, never by a clean-up job."""
        return self.unfinished(at=at).filter(Q(valid_from=None) | Q(valid_from__lte=at))

    def resting(self, *, at: datetime) -> RoleAssignmentQuerySet:
        """All but those: ended by somebody or by the clock, or not begun."""
        return self.filter(Q(ended_at__isnull=False) | Q(valid_until__lte=at) | Q(valid_from__gt=at))

    def unfinished(self, *, at: datetime) -> RoleAssignmentQuerySet:
        """Those that hold at `at` or will later."""
        return self.open().filter(Q(valid_until=None) | Q(valid_until__gt=at))

    def over(self, *, at: datetime) -> RoleAssignmentQuerySet:
        """Those that the clock has ended and nobody else."""
        return self.open().filter(valid_until__lte=at)

    def of(self, holder: User | ServiceAccount) -> RoleAssignmentQuerySet:
        return self.filter(service_account=holder) if isinstance(holder, ServiceAccount) else self.filter(user=holder)

    def omnipotent(self) -> RoleAssignmentQuerySet:
        """Those that allow everything everywhere."""
        return self.filter(scope="/", role__held__pattern="*:*")


class RoleAssignment(models.Model):
    """A role given to a person or a machine at a scope (a path: it holds for the whole subtree), for a time."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="assignments")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="role_assignments"
    )
    service_account = models.ForeignKey(
        "accounts.ServiceAccount", on_delete=models.CASCADE, null=True, blank=True, related_name="role_assignments"
    )
    scope = models.CharField(max_length=400, default="/")
    valid_from = models.DateTimeField(null=True, blank=True)
    valid_until = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    assigned_by = models.UUIDField(null=True, editable=False)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, editable=False)
    ended_by = models.UUIDField(null=True, editable=False)

    objects = RoleAssignmentQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "role", "scope"], condition=Q(ended_at=None), name="one_open_assignment_per_scope"
            ),
            models.UniqueConstraint(
                fields=["service_account", "role", "scope"],
                condition=Q(ended_at=None),
                name="one_open_machine_assignment_per_scope",
            ),
            models.CheckConstraint(
                condition=Q(user__isnull=False, service_account=None) | Q(user=None, service_account__isnull=False),
                name="an_assignment_has_one_holder",
            ),
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_until=None) | Q(valid_until__gt=F("valid_from")),
                name="an_assignment_ends_after_it_begins",
            ),
            models.CheckConstraint(condition=Q(scope__startswith="/"), name="a_scope_is_a_path"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["role", "-id"], name="assignment_by_role"),
            models.Index(fields=["user"], name="assignment_open", condition=Q(ended_at=None)),
            models.Index(fields=["service_account"], name="assignment_open_machine", condition=Q(ended_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.role.name} at {self.scope}"

    @property
    def holder(self) -> User | ServiceAccount:
        found = self.user or self.service_account
        assert found, "a constraint sees to it"  # noqa: S101  for the reader and the type checker
        return found

    @property
    def version(self) -> int:
        """All that can happen to an assignment is that it is ended."""
        return 2 if self.ended_at else 1

    def stands(self, *, at: datetime) -> bool:
        """As the queryset's `standing`, for a row that has been read."""
        begun = self.valid_from is None or self.valid_from <= at
        return begun and self.ended_at is None and (self.valid_until is None or self.valid_until > at)
