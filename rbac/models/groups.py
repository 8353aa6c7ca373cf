"""Groups of people, which can hold roles for all of their members."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from common import scopes
from common.identifiers import uuid7
from common.places import PlacedQuerySet


class GroupQuerySet(PlacedQuerySet["Group"]):
    """Those that lie at a place."""


class Group(models.Model):
    """People who hold the same roles. `scope` is where it is at home: whoever administers that place administers the group."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.SlugField(max_length=80, unique=True)
    title = models.CharField(max_length=150, blank=True)
    description = models.CharField(max_length=500, blank=True)
    scope = models.CharField(max_length=scopes.MAX_LENGTH, default=scopes.ROOT)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(editable=False)
    updated_at = models.DateTimeField(editable=False)

    objects = GroupQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [models.CheckConstraint(condition=Q(scope__startswith="/"), name="a_group_is_at_home")]

    def __str__(self) -> str:
        return self.name


class GroupMembership(models.Model):
    """That a person is in a group now. Who was in it stands in the audit trail."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="group_memberships")
    added_by = models.UUIDField(null=True, editable=False)
    created_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["group", "user"], name="a_member_is_in_a_group_once")]
        default_permissions = ()  # members are changed with their group

    def __str__(self) -> str:
        return f"{self.user_id} in {self.group_id}"
