"""Filters of lists: where they are wrong they are refused, and each is described in OpenAPI."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django_filters import FilterSet

from common.errors import FieldError

if TYPE_CHECKING:
    from common.http.views import ListView


class TruthField(forms.Field):
    # django-filter's own widget makes None of what it does not know, and None filters nothing.
    widget = forms.TextInput

    def to_python(self, value: Any) -> bool | None:
        said = str(value or "").lower()
        if said not in TRUTHS:
            raise ValidationError("true or false", code="invalid")
        return TRUTHS[said]


class TruthFilter(django_filters.BooleanFilter):  # type: ignore[misc]  # django-filter is untyped
    """`true` or `false`; anything else is refused, where Django's would list everything."""

    field_class = TruthField

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"widget": TruthField.widget, **options})


class InstantField(django_filters.fields.IsoDateTimeField):  # type: ignore[misc]  # django-filter is untyped
    def to_python(self, value: Any) -> datetime | None:
        try:
            said: datetime | None = super().to_python(value)
            return said.astimezone(UTC) if said else None
        except OverflowError:
            raise ValidationError("not a time that can be told in UTC", code="invalid") from None


class InstantFilter(django_filters.IsoDateTimeFilter):  # type: ignore[misc]  # django-filter is untyped
    """RFC 3339. What an offset pushes out of the calendar is refused, where the database's driver would fail."""

    field_class = InstantField


TRUTHS = {"true": True, "false": False, "": None}
LOOKUPS = frozenset({"exact", "iexact", "startswith", "istartswith", "contains", "icontains"})
KINDS: Mapping[type[django_filters.Filter], dict[str, Any]] = {
    django_filters.BooleanFilter: {"type": "boolean"},
    django_filters.UUIDFilter: {"type": "string", "format": "uuid"},
    django_filters.IsoDateTimeFilter: {"type": "string", "format": "date-time"},
    django_filters.DateTimeFilter: {"type": "string", "format": "date-time"},
    django_filters.DateFilter: {"type": "string", "format": "date"},
    django_filters.NumberFilter: {"type": "number"},
}


def any_of(fields: Iterable[str], word: str) -> Q:
    """Rows where one of `fields` holds `word`; a field may name its own lookup (`email__startswith`)."""
    found = Q(pk__in=[])
    for field in fields:
        lookup = field if field.rpartition("__")[2] in LOOKUPS else f"{field}__icontains"
        found |= Q(**{lookup: word})
    return found


def errors_of(wanted: FilterSet) -> Iterator[FieldError]:
    for name, errors in wanted.errors.as_data().items():
        for error in errors:
            for message in error.messages:
                yield FieldError(name, error.code or "invalid", message)


def parameters_of(view: "ListView") -> list[dict[str, Any]]:
    """The query parameters of a list, as OpenAPI wants them."""
    found = [_parameter(name, _kind(each)) for name, each in _filters(view).items()]
    if view.search_fields:
        found.append(_parameter("search", {"type": "string", "maxLength": view.longest_search}))
    if view.ordering_fields:
        clauses = [sign + field for field in view.ordering_fields for sign in ("", "-")]
        found.append(_parameter("ordering", {"type": "string", "enum": clauses, "default": view.ordering}))
    return found


def _filters(view: "ListView") -> Mapping[str, django_filters.Filter]:
    return view.filterset_class.base_filters if view.filterset_class else {}


def _parameter(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema}


def _kind(each: django_filters.Filter) -> dict[str, Any]:
    choices = each.extra.get("choices")
    if choices and not callable(choices):
        return {"type": "string", "enum": [value for value, _ in choices]}
    return next((dict(schema) for kind, schema in KINDS.items() if isinstance(each, kind)), {"type": "string"})
