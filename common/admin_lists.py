"""Lists that cost the same at a million rows as at ten: no COUNT(*), no deep OFFSET, search and filters by index only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import messages
from django.contrib.admin.filters import SimpleListFilter
from django.contrib.admin.options import IncorrectLookupParameters, ShowFacets
from django.contrib.admin.views.main import PAGE_VAR, ChangeList
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.core.paginator import Page, Paginator
from django.db import DataError
from django.db.models import Field, Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.functional import cached_property
from unfold.paginator import InfinitePaginator
from unfold.views import ChangeList as UnfoldChangeList

from common.admin_places import PlacedRows

if TYPE_CHECKING:
    # unfold has no types; what it builds on has.
    _ChangeList = ChangeList
    _Paginator = Paginator[Any]
    _Page = Page[Any]
else:
    _ChangeList, _Paginator = UnfoldChangeList, InfinitePaginator
    _Page = Page

DEPTH = 10_000  # rows that may be paged through; OFFSET reads all that it skips
LONGEST_TERM = 320

# What Django's and unfold's filters append to the name of the field that they filter by.
FILTER_SUFFIXES = frozenset(
    {"", "__exact", "__id__exact", "__isnull", "__isempty", "__in", "__gt", "__gte", "__lt", "__lte", "_from", "_to"}
    | {f"_{edge}_{part}" for edge in ("from", "to") for part in (0, 1)}
)


class UncountedPage(_Page):
    def has_next(self) -> bool:
        return len(self.object_list) == self.paginator.per_page and super().has_next()


class BoundedPaginator(_Paginator):
    """Says that there are `DEPTH` rows, without counting; a page is full or it is the last."""

    def _get_page(self, *args: Any, **kwargs: Any) -> UncountedPage:
        return UncountedPage(*args, **kwargs)

    @cached_property
    def count(self) -> int:
        return DEPTH


class BoundedChangeList(_ChangeList):
    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        try:
            len(self.result_list)
        except (OverflowError, DataError):  # such as a time that its offset pushes out of the calendar
            raise IncorrectLookupParameters from None
        # Else the title tells of so many results; nobody has counted them.
        self.full_result_count = self.result_count

    def get_ordering_field(self, field_name: Any) -> Any:
        # Django hides the link of a column that is not sortable, and still obeys ?o= for it.
        return super().get_ordering_field(field_name) if field_name in (self.sortable_by or ()) else None


class BoundedLists(PlacedRows):
    """`sortable_by`: columns with an index. `link_filters`: indexed fields by which other pages link into the list.

    `search_fields`: only "^field" (starts with) and "=field" (equals), on indexed columns.
    """

    link_filters: ClassVar[tuple[str, ...]] = ()

    ordering: ClassVar[tuple[str, ...]] = ("-pk",)
    sortable_by: ClassVar[tuple[str, ...]] = ()
    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    list_per_page = 50
    list_max_show_all = 0
    list_disable_select_all = True

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[BoundedChangeList]:
        return BoundedChangeList

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if is_deep(request, self.list_per_page):
            self.message_user(
                request, "The list ends here. Search or filter to find what lies further.", messages.WARNING
            )
            return HttpResponseRedirect(request.path)
        return super().changelist_view(request, extra_context)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        filters = self.get_list_filter(request) if request else self.list_filter
        return "\0" not in value and declared(lookup, filters, self.link_filters)

    def to_field_allowed(self, request: HttpRequest, to_field: str) -> bool:
        return to_field == self.opts.pk.attname

    def search_term(self, term: str) -> str:
        """What is looked for when `term` was typed; the place to bring it into the form that the column has."""
        return term.strip()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = self.search_term(search_term.replace("\0", "")[:LONGEST_TERM])
        if not term:
            return queryset, False
        return queryset.filter(searched(self.model, self.get_search_fields(request), term)), False


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
