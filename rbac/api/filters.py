"""By what the lists of rbac can be narrowed. Each reads an index."""

from collections.abc import Callable
from typing import Any, TypeVar

import django_filters
from django.db.models import Model, QuerySet
from django.utils import timezone

from common.http.filters import TruthFilter
from common.http.places import WithinFilter
from rbac import selectors
from rbac.models import RoleAssignmentQuerySet, SeparationKind

Rows = TypeVar("Rows", bound=QuerySet[Any])


class FoundFilter(django_filters.CharFilter):  # type: ignore[misc]  # django-filter has no types
    """What refers to the one thing that `find` knows by an id or a name. Where there is none, nothing does."""

    def __init__(self, find: Callable[[str], Model | None], field_name: str | None = None) -> None:
        super().__init__(field_name=field_name)
        self.find = find

    def filter(self, rows: Rows, value: str) -> Rows:
        if not value:
            return rows
        # A comparison with None would find what refers to nothing.
        found = self.find(value)
        return rows.filter(**{self.field_name: found}) if found else rows.none()


class PermissionFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    name = django_filters.CharFilter()
    is_builtin = TruthFilter()


class RoleFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    name = django_filters.CharFilter()
    is_builtin = TruthFilter()
    permission = django_filters.CharFilter(field_name="held__pattern")
    inherits = FoundFilter(selectors.role_called, "junior_links__junior")


class AssignmentFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """`role` and `group` by id or by name; `scope` is that very scope, `within` also what lies in it."""

    role = FoundFilter(selectors.role_called)
    user = django_filters.UUIDFilter(field_name="user_id")
    service_account = django_filters.UUIDFilter(field_name="service_account_id")
    group = FoundFilter(selectors.group_called)
    scope = django_filters.CharFilter()
    within = WithinFilter()
    active = TruthFilter(method="that_count")

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
    role = FoundFilter(selectors.role_called, "separated__role")
