"""Warnings that an assignment is about to end."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from rbac.models.assignments import RoleAssignment


class ExpiryWarning(models.Model):
    """That somebody was told once of the end of an assignment.

    `digest` is of the secret in that mail, by which the holder may ask, once, for the assignment to go on.
    """

    assignment = models.OneToOneField(
        RoleAssignment, on_delete=models.CASCADE, primary_key=True, related_name="expiry_warning"
    )
    created_at = models.DateTimeField()
    digest = models.CharField(max_length=64, null=True, unique=True)  # noqa: DJ001  many have none, and it is unique
    used_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        default_permissions = ()  # it belongs to its assignment

    def __str__(self) -> str:
        return str(self.assignment_id)
