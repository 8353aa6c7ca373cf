"""By what the lists of rbac can be narrowed. Each reads an index."""

from typing import Any, TypeVar

import django_filters
from django.db.models import QuerySet
from django.utils import timezone

from common.http.filters import TruthFilter
from common.http.places import WithinFilter
from rbac import selectors
from rbac.models import Role, RoleAssignmentQuerySet, SeparationKind, SeparationOfDuty

Rows = TypeVar("Rows", bound=QuerySet[Any])


class PermissionFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    name = django_filters.CharFilter()
    is_builtin = TruthFilter()


class RoleFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    name = django_filters.CharFilter()
    is_builtin = TruthFilter()
    permission = django_filters.CharFilter(field_name="held__pattern")
    inherits = django_filters.CharFilter(method="that_inherit")

    def that_inherit(self, rows: QuerySet[Role], name: str, value: str) -> QuerySet[Role]:
        del name
        return _if_found(rows, junior_links__junior=selectors.role_called(value))


class AssignmentFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """`role` and `group` by id or by name; `scope` is that very scope, `within` also what lies in it."""

    role = django_filters.CharFilter(method="of_role")
    user = django_filters.UUIDFilter(field_name="user_id")
    service_account = django_filters.UUIDFilter(field_name="service_account_id")
    group = django_filters.CharFilter(method="of_group")
    scope = django_filters.CharFilter()
    within = WithinFilter()
    active = TruthFilter(method="that_count")

    def of_role(self, rows: RoleAssignmentQuerySet, name: str, value: str) -> RoleAssignmentQuerySet:
        del name
        return _if_found(rows, role=selectors.role_called(value))

    def of_group(self, rows: RoleAssignmentQuerySet, name: str, value: str) -> RoleAssignmentQuerySet:
        del name
        return _if_found(rows, group=selectors.group_called(value))

    def that_count(self, rows: RoleAssignmentQuerySet, name: str, value: bool) -> RoleAssignmentQuerySet:
        del name
        now = timezone.now()
        return rows.standing(at=now) if value else rows.resting(at=now)


class GroupFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """`member` is a person's id; `scope` is that very scope, `within` also what lies in it."""

    name = django_filters.CharFilter()
    member = django_filters.UUIDFilter(field_name="memberships__user_id")
    scope = django_filters.CharFilter()
    within = WithinFilter()


class GroupMemberFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    user = django_filters.UUIDFilter(field_name="user_id")


class SeparationFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """`role` by id or by name."""

    name = django_filters.CharFilter()
    kind = django_filters.ChoiceFilter(choices=SeparationKind.choices)
    role = django_filters.CharFilter(method="of_role")

    def of_role(self, rows: QuerySet[SeparationOfDuty], name: str, value: str) -> QuerySet[SeparationOfDuty]:
        del name
        return _if_found(rows, separated__role=selectors.role_called(value))


def _if_found(rows: Rows, **wanted: Any) -> Rows:
    # A comparison with None would find what has none.
    return rows.none() if None in wanted.values() else rows.filter(**wanted)
