"""Roles that people ask for."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from common import scopes
from common.identifiers import uuid7
from common.places import PlacedQuerySet, lying_in
from rbac.models.assignments import RoleAssignment
from rbac.models.roles import Role
from rbac.models.seeing import either


class RequestState(models.TextChoices):
    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


class RoleRequestQuerySet(PlacedQuerySet["RoleRequest"]):
    def known_to(self, who: UUID, *, decides: Collection[str]) -> RoleRequestQuerySet:
        """Those that she asked for herself, and those for a role at a place where she decides."""
        return self.filter(either(lying_in(decides), Q(requester=who)))

    def pending(self, *, at: datetime) -> RoleRequestQuerySet:
        """Those that wait and can still be decided: what the clock has overtaken waits for nobody."""
        return self.filter(state=RequestState.PENDING, until__gt=at)

    def overtaken(self, *, at: datetime) -> RoleRequestQuerySet:
        """Those that nobody decided in time, as the clock says, whether or not that has been written down."""
        return self.filter(Q(state=RequestState.LAPSED) | Q(state=RequestState.PENDING, until__lte=at))


class RoleRequest(models.Model):
    """Somebody asks for a role at a scope until a time, and says why. An approval makes the assignment.

    `extends` is an assignment of hers that this one is to follow on. `broke_glass`: she took it at once, without approval.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    requester = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="role_requests")
    role = models.ForeignKey(Role, on_delete=models.CASCADE, related_name="requests")
    scope = models.CharField(max_length=scopes.MAX_LENGTH, default=scopes.ROOT)
    until = models.DateTimeField()
    reason = models.CharField(max_length=500)
    state = models.CharField(max_length=10, choices=RequestState.choices, default=RequestState.PENDING)
    broke_glass = models.BooleanField(default=False)
    extends = models.ForeignKey(RoleAssignment, on_delete=models.SET_NULL, null=True, related_name="extensions")
    assignment = models.OneToOneField(RoleAssignment, on_delete=models.SET_NULL, null=True, related_name="request")
    decided_by = models.UUIDField(null=True, editable=False)
    decided_at = models.DateTimeField(null=True, editable=False)
    note = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(editable=False)

    objects = RoleRequestQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["requester", "role", "scope"],
                condition=Q(state="pending"),
                name="one_pending_request_per_scope",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["pending", "withdrawn", "lapsed"]) | Q(decided_at__isnull=False),
                name="a_decided_request_says_when",
            ),
            models.CheckConstraint(
                condition=Q(broke_glass=True) | Q(decided_by=None) | ~Q(decided_by=F("requester_id")),
                name="nobody_decides_her_own_request",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["-id"], name="request_pending", condition=Q(state="pending")),
            models.Index(fields=["until"], name="request_by_end", condition=Q(state="pending")),
        ]

    def __str__(self) -> str:
        return f"{self.role_id} at {self.scope} for {self.requester_id}"

    @property
    def version(self) -> int:
        """All that can happen to a request is that it is decided."""
        return 1 if self.state == RequestState.PENDING else 2

    def state_at(self, at: datetime) -> RequestState:
        """By the clock: one that nobody decided in time has lapsed, also before beat writes that down."""
        overtaken = self.state == RequestState.PENDING and self.until <= at
        return RequestState.LAPSED if overtaken else RequestState(self.state)
