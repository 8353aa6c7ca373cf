"""Separation of duty: roles that one person may not have together (ANSI INCITS 359-2012, section 5.3)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from common.identifiers import uuid7
from rbac.models.roles import Role


class SeparationKind(models.TextChoices):
    STATIC = "static"
    DYNAMIC = "dynamic"


class SeparationOfDuty(models.Model):
    """Of these roles nobody *holds* more than `limit` (static), or *has active* in one session more than that (dynamic).

    Roles count also where they come through groups or are inherited.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.SlugField(max_length=80, unique=True)
    description = models.CharField(max_length=500, blank=True)
    kind = models.CharField(max_length=10, choices=SeparationKind.choices)
    limit = models.PositiveSmallIntegerField(default=1)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(editable=False)
    updated_at = models.DateTimeField(editable=False)

    class Meta:
        ordering: ClassVar = ["name"]
        verbose_name = "separation of duty"
        verbose_name_plural = "separations of duty"
        constraints: ClassVar = [models.CheckConstraint(condition=Q(limit__gte=1), name="a_separation_leaves_one_role")]

    def __str__(self) -> str:
        return self.name


class SeparatedRole(models.Model):
    separation = models.ForeignKey(SeparationOfDuty, on_delete=models.CASCADE, related_name="separated")
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="separations")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["separation", "role"], name="a_role_is_in_a_separation_once")
        ]
        default_permissions = ()  # it is changed with its separation

    def __str__(self) -> str:
        return f"{self.role_id} in {self.separation_id}"
