"""By what the lists of rbac can be narrowed. Each reads an index."""

import django_filters
from django.db.models import QuerySet
from django.utils import timezone

from rbac import selectors
from rbac.models import RoleAssignment


class PermissionFilter(django_filters.FilterSet):
    name = django_filters.CharFilter()
    is_builtin = django_filters.BooleanFilter()


class RoleFilter(django_filters.FilterSet):
    name = django_filters.CharFilter()
    is_builtin = django_filters.BooleanFilter()
    permission = django_filters.CharFilter(field_name="held__pattern")


class AssignmentFilter(django_filters.FilterSet):
    """`role` by id or by name; `scope` is that very scope, not what lies in it."""

    role = django_filters.CharFilter(method="of_role")
    user = django_filters.UUIDFilter(field_name="user_id")
    scope = django_filters.CharFilter()
    active = django_filters.BooleanFilter(method="that_count")

    def of_role(self, rows: QuerySet[RoleAssignment], name: str, value: str) -> QuerySet[RoleAssignment]:
        del name
        return rows.filter(role=selectors.role_called(value))

    def that_count(self, rows: QuerySet[RoleAssignment], name: str, value: bool) -> QuerySet[RoleAssignment]:
        del name
        standing = RoleAssignment.objects.standing(at=timezone.now())
        return rows.filter(pk__in=standing) if value else rows.exclude(pk__in=standing)
