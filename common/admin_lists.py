"""Lists that cost the same at a million rows as at ten: no COUNT(*), no deep OFFSET, search and filters by index only."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.contrib.admin.filters import SimpleListFilter
from django.contrib.admin.views.main import PAGE_VAR, ChangeList
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.core.paginator import Paginator
from django.db.models import Field, Model, Q
from django.http import HttpRequest
from django.utils.functional import cached_property
from unfold.paginator import InfinitePaginator
from unfold.views import ChangeList as UnfoldChangeList

if TYPE_CHECKING:
    _ChangeList, _Paginator = ChangeList, Paginator[Any]
else:
    _ChangeList, _Paginator = UnfoldChangeList, InfinitePaginator

DEPTH = 10_000  # rows that may be paged through; OFFSET reads all that it skips

# What Django's and unfold's filters append to the name of the field that they filter by.
FILTER_SUFFIXES = frozenset(
    {"", "__exact", "__id__exact", "__isnull", "__isempty", "__in", "__gt", "__gte", "__lt", "__lte", "_from", "_to"}
    | {f"_{edge}_{part}" for edge in ("from", "to") for part in (0, 1)}
)


class BoundedPaginator(_Paginator):
    """Says that there are `DEPTH` rows, without counting; a page is full or it is the last."""

    @cached_property
    def count(self) -> int:
        return DEPTH


class BoundedChangeList(_ChangeList):
    def get_ordering_field(self, field_name: Any) -> Any:
        # Django hides the link of a column that is not sortable, and still obeys ?o= for it.
        return super().get_ordering_field(field_name) if field_name in self.sortable_by else None


def is_deep(request: HttpRequest, per_page: int) -> bool:
    """Whether a page beyond `DEPTH` is asked for."""
    page = request.GET.get(PAGE_VAR, "")
    return page.isdecimal() and (len(page) > len(str(DEPTH)) or int(page) > DEPTH // per_page)


def declared(lookup: str, filters: Iterable[Any], links: Iterable[str]) -> bool:
    """Whether a query parameter belongs to one of the list's filters. Any other could read columns letter by letter."""
    names = [_parameter_of(item) for item in filters]
    return lookup in links or any(
        lookup.startswith(name) and lookup.removeprefix(name) in FILTER_SUFFIXES for name in names
    )


def _parameter_of(item: Any) -> str:
    if isinstance(item, type) and issubclass(item, SimpleListFilter):
        return str(item.parameter_name)
    return str(item[0] if isinstance(item, list | tuple) else item)


def searched(model: type[Model], fields: Iterable[str], term: str) -> Q:
    """The rows in which a field starts with the term ("^field") or equals it ("=field"); others cannot use an index."""
    found = Q(pk__in=[])
    for field in fields:
        name, lookup = field[1:], {"^": "startswith", "=": "exact"}[field[0]]
        if _can_be(model, name, term):
            found |= Q(**{f"{name}__{lookup}": term})
    return found


def _can_be(model: type[Model], name: str, term: str) -> bool:
    """Whether the term can be a value of that field at all: "alice" is no UUID."""
    try:
        field = model._meta.get_field(name.partition("__")[0])  # noqa: SLF001  Django's documented door
        return "__" in name or not isinstance(field, Field) or field.to_python(term) is not None
    except (FieldDoesNotExist, ValidationError, ValueError):
        return False
