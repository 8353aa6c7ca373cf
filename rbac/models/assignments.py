"""Roles given to people, machines and groups: at a scope, for a time."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import ServiceAccount, User
from common.identifiers import uuid7
from common.places import PlacedQuerySet
from rbac.models.groups import Group

HOLDERS = ("user", "service_account", "group")

HOLDER_FIELDS = {User: "user", ServiceAccount: "service_account", Group: "group"}


class RoleAssignmentQuerySet(PlacedQuerySet["RoleAssignment"]):
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

    def of(self, holder: User | ServiceAccount | Group) -> RoleAssignmentQuerySet:
        """Those that are given to the holder itself; what she has through her groups is not among them."""
        return self.filter(**{HOLDER_FIELDS[type(holder)]: holder})


def _of_one_holder() -> Q:
    one_of = (Q(**{f"{other}__isnull": other != name for other in HOLDERS}) for name in HOLDERS)
    return next(one_of) | next(one_of) | next(one_of)


class RoleAssignment(models.Model):
    """A role given to a person, a machine or a group at a scope (a path: it holds for the whole subtree), for a time."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    role = models.ForeignKey("rbac.Role", on_delete=models.PROTECT, related_name="assignments")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="role_assignments"
    )
    service_account = models.ForeignKey(
        "accounts.ServiceAccount", on_delete=models.CASCADE, null=True, blank=True, related_name="role_assignments"
    )
    group = models.ForeignKey(Group, on_delete=models.CASCADE, null=True, blank=True, related_name="role_assignments")
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
            models.UniqueConstraint(
                fields=["group", "role", "scope"],
                condition=Q(ended_at=None),
                name="one_open_group_assignment_per_scope",
            ),
            models.CheckConstraint(condition=_of_one_holder(), name="an_assignment_has_one_holder"),
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
            models.Index(fields=["group"], name="assignment_open_group", condition=Q(ended_at=None)),
            models.Index(fields=["valid_until"], name="assignment_by_end", condition=Q(ended_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.role.name} at {self.scope}"

    @property
    def holder(self) -> User | ServiceAccount | Group:
        found = self.user or self.service_account or self.group
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
