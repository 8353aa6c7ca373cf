"""By what the lists of people and machines can be narrowed."""

import django_filters
from django.db.models import QuerySet

from accounts.models import User, UserQuerySet
from common.http.filters import InstantFilter, TruthFilter
from common.http.places import WithinFilter


class UserFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """`email` is the whole address, in any spelling. `scope` is that very scope, `within` also what lies in it."""

    email = django_filters.CharFilter(method="at_address")
    email_verified = TruthFilter(field_name="email_verified_at", lookup_expr="isnull", exclude=True)
    is_active = TruthFilter()
    is_staff = TruthFilter()
    is_superuser = TruthFilter()
    created_after = InstantFilter(field_name="created_at", lookup_expr="gte")
    created_before = InstantFilter(field_name="created_at", lookup_expr="lt")
    scope = django_filters.CharFilter()
    within = WithinFilter()

    def at_address(self, rows: UserQuerySet, name: str, value: str) -> QuerySet[User]:
        del name
        return rows.at_address(value)


class ServiceAccountFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """`name` is that very name; `search` finds parts of it. `scope` is that very scope, `within` also what lies in it."""

    name = django_filters.CharFilter()
    is_active = TruthFilter()
    scope = django_filters.CharFilter()
    within = WithinFilter()
