from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet

from accounts import addresses
from common.http.filters import InstantFilter
from tokens.models import Session


class AddressFilter(django_filters.Filter):  # type: ignore[misc]  # no types
    field_class = forms.GenericIPAddressField


class SessionFilter(django_filters.FilterSet):  # type: ignore[misc]  # no types
    """What `POST sessions/end/` takes as well, so that staff can see beforehand what would end.

    Exact values, which read an index; a time goes along the ids, which rise with it.
    """

    user = django_filters.UUIDFilter(field_name="user_id")
    email = django_filters.CharFilter(method="with_address")
    ip = AddressFilter(field_name="ip")
    client_id = django_filters.CharFilter(field_name="client_id")
    created_before = InstantFilter(field_name="created_at", lookup_expr="lt")

    class Meta:
        model = Session
        fields: list[str] = []

    def with_address(self, rows: QuerySet[Session], name: str, value: Any) -> QuerySet[Session]:
        del name
        return rows.filter(user__email_canonical=addresses.canonical_or_blank(value))
