"""Permissions, the roles that bundle them and inherit from each other, and the lock under which all that changes."""

from __future__ import annotations

from typing import ClassVar
from uuid import uuid4

from django.db import models
from django.db.models import F, Q

from common.identifiers import uuid7


class Policy(models.Model):
    """One row. Whoever changes what roles give, how they inherit, or which exclude each other, holds it locked meanwhile.

    `stamp` is random and new with every such change: what was compiled under another is out of date. Not a count, for a
    database that was brought back from a copy would count on with numbers that have been used.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    stamp = models.UUIDField(default=uuid4)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(id=1), name="there_is_one_policy")]
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.stamp)


class Permission(models.Model):
    """Something that can be allowed, as `resource:action`. Built-in ones mirror Django's models or guard our own routes."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=161, unique=True)
    description = models.CharField(max_length=300, blank=True)
    is_builtin = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class Role(models.Model):
    """A named bundle of permission patterns. Built-in roles are made by `bootstrap` and cannot be broken by hand."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.SlugField(max_length=80, unique=True)
    title = models.CharField(max_length=150, blank=True)
    description = models.CharField(max_length=500, blank=True)
    is_builtin = models.BooleanField(default=False)
    # Whoever may break the glass takes this role at once, without approval, for so long at most. None: nobody may.
    emergency_minutes = models.PositiveSmallIntegerField(null=True, blank=True)
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


class RoleInheritance(models.Model):
    """The senior role gives all that the junior one gives (ANSI INCITS 359-2012, section 5.2).

    Never in a ring: services see to it.
    """

    senior = models.ForeignKey(Role, on_delete=models.CASCADE, related_name="junior_links")
    junior = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="senior_links")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["senior", "junior"], name="a_role_inherits_from_another_once"),
            models.CheckConstraint(condition=~Q(senior=F("junior")), name="a_role_does_not_inherit_from_itself"),
        ]
        default_permissions = ()  # it is changed with its senior role

    def __str__(self) -> str:
        return f"{self.senior_id} > {self.junior_id}"
