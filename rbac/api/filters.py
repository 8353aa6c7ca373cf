"""By what the lists of rbac can be narrowed. Each reads an index."""

import django_filters
from django.utils import timezone

from common.http.filters import TruthFilter
from rbac import selectors
from rbac.models import RoleAssignmentQuerySet


class PermissionFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    name = django_filters.CharFilter()
    is_builtin = TruthFilter()


class RoleFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    name = django_filters.CharFilter()
    is_builtin = TruthFilter()
    permission = django_filters.CharFilter(field_name="held__pattern")


class AssignmentFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """`role` by id or by name; `scope` is that very scope, not what lies in it."""

    role = django_filters.CharFilter(method="of_role")
    user = django_filters.UUIDFilter(field_name="user_id")
    service_account = django_filters.UUIDFilter(field_name="service_account_id")
    scope = django_filters.CharFilter()
    active = TruthFilter(method="that_count")

    def of_role(self, rows: RoleAssignmentQuerySet, name: str, value: str) -> RoleAssignmentQuerySet:
        del name
        return rows.filter(role=selectors.role_called(value))

    def that_count(self, rows: RoleAssignmentQuerySet, name: str, value: bool) -> RoleAssignmentQuerySet:
        del name
        now = timezone.now()
        return rows.standing(at=now) if value else rows.resting(at=now)
