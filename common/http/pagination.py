"""Lists that cost the same at any depth: a page starts beyond a row, never at a number (no OFFSET, no COUNT)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, NamedTuple, cast

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, Signer
from django.db import connections
from django.db.models import F, Model, Q, QuerySet
from django.db.models.fields.tuple_lookups import TupleGreaterThan, TupleLessThan, TupleLookupMixin
from django.utils.http import urlencode
from rest_framework.request import Request

from common.errors import DomainError

DEFAULT_PAGE = 50
LARGEST_PAGE = 200
PAGE_SIZE = re.compile(r"0*[1-9][0-9]{0,8}")


class InvalidCursor(DomainError):
    code = "invalid_cursor"
    title = "The cursor is not one of this list"


class InvalidPageSize(DomainError):
    code = "invalid_page_size"
    title = "The page size is not a whole number above zero"


class _NativeRows:
    # Django spells row values out as AND and OR on SQLite, for the sake of IN; then no index can seek to the row.
    # Both our databases know `(a, b) > (x, y)`.
    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return super(TupleLookupMixin, self).as_sql(compiler, connection)  # type: ignore[misc]  # a mixin of lookups


class RowsAbove(_NativeRows, TupleGreaterThan):
    """`(a, b) > (x, y)`."""


class RowsBelow(_NativeRows, TupleLessThan):
    """`(a, b) < (x, y)`."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of an ordering; `path` may lead over foreign keys (`user__email_canonical`)."""

    path: str
    is_falling: bool
    is_nullable: bool
    field: Any

    def reversed(self) -> "Column":
        return Column(self.path, not self.is_falling, self.is_nullable, self.field)

    @property
    def clause(self) -> str:
        return f"-{self.path}" if self.is_falling else self.path

    def text_of(self, row: Model) -> str | None:
        value = attrgetter(self.path.replace("__", "."))(row)
        if value is None:
            return None
        return str(value.isoformat() if hasattr(value, "isoformat") else value)

    def value_of(self, text: str | None) -> Any:
        if text is None and not self.is_nullable:
            raise InvalidCursor
        return None if text is None else self.field.to_python(text)


class Position(NamedTuple):
    """Beyond which row a page starts, and in which direction it runs."""

    texts: Sequence[str | None]
    is_backwards: bool


class Page(NamedTuple):
    next: str | None
    previous: str | None
    rows: list[Any]


def page_of(rows: QuerySet[Any], *, ordering: Sequence[str], request: Request) -> Page:
    """The page that `cursor` and `page_size` of the request ask for. The primary key is added as the last word of the order."""
    columns = columns_of(rows.model, ordering)
    size = size_of(request.query_params.get("page_size"))
    position = _position(request.query_params.get("cursor"), columns)
    is_backwards = position is not None and position.is_backwards
    found = list(_run(rows, columns, position)[: size + 1])
    has_more, found = len(found) > size, found[:size]
    if is_backwards:
        found.reverse()
    links = _Links(request, columns, found)
    return Page(
        next=links.to(last=True) if has_more or is_backwards else None,
        previous=links.to(last=False) if (has_more if is_backwards else position is not None) else None,
        rows=found,
    )


def columns_of(model: type[Model], ordering: Sequence[str]) -> tuple[Column, ...]:
    columns = [_column(model, clause) for clause in ordering]
    names = {model._meta.pk.name, "pk"}  # noqa: SLF001  # Django documents _meta
    if not names & {column.path for column in columns}:
        # In the direction of the column before it, so that one index serves both.
        columns.append(_column(model, "-pk" if columns and columns[-1].is_falling else "pk"))
    return tuple(columns)


def _column(model: type[Model], clause: str) -> Column:
    path, holder, is_nullable = clause.lstrip("-"), cast("Any", model), False
    for step in path.split("__"):
        meta = holder._meta  # noqa: SLF001  # Django documents it
        field = meta.pk if step == "pk" else meta.get_field(step)
        holder, is_nullable = field.related_model, is_nullable or field.null
    return Column(path=path, is_falling=clause.startswith("-"), is_nullable=is_nullable, field=field)


def size_of(said: str | None) -> int:
    if said is None:
        return DEFAULT_PAGE
    if not PAGE_SIZE.fullmatch(said):
        raise InvalidPageSize
    return min(int(said), LARGEST_PAGE)


def _run(rows: QuerySet[Any], columns: Sequence[Column], position: Position | None) -> QuerySet[Any]:
    if position is None:
        return rows.order_by(*(column.clause for column in columns))
    facing = [column.reversed() for column in columns] if position.is_backwards else list(columns)
    values = [column.value_of(text) for column, text in zip(columns, position.texts, strict=True)]
    ordered = rows.order_by(*(column.clause for column in facing))
    nulls_are_largest = connections[rows.db].features.nulls_order_largest
    return ordered.filter(_beyond(facing, values, nulls_are_largest=nulls_are_largest))


def _beyond(columns: Sequence[Column], values: Sequence[Any], *, nulls_are_largest: bool) -> Any:
    directions = {column.is_falling for column in columns}
    if len(directions) == 1 and not any(column.is_nullable for column in columns):
        lookup = RowsBelow if directions.pop() else RowsAbove
        return lookup(tuple(F(column.path) for column in columns), tuple(values))
    beyond, equal_so_far = Q(pk__in=[]), Q()
    for column, value in zip(columns, values, strict=True):
        beyond |= equal_so_far & _past(column, value, nulls_are_largest=nulls_are_largest)
        equal_so_far &= Q(**({f"{column.path}__isnull": True} if value is None else {column.path: value}))
    return beyond


def _past(column: Column, value: Any, *, nulls_are_largest: bool) -> Q:
    """Rows that come after `value` in this column, in the order that the database itself gives to NULL."""
    nulls_come_last = nulls_are_largest != column.is_falling
    if value is None:
        return Q(pk__in=[]) if nulls_come_last else Q(**{f"{column.path}__isnull": False})
    past = Q(**{f"{column.path}__{'lt' if column.is_falling else 'gt'}": value})
    if column.is_nullable and nulls_come_last:
        past |= Q(**{f"{column.path}__isnull": True})
    return past


def _signer() -> Signer:
    return Signer(salt="common.http.pagination")


def _position(cursor: str | None, columns: Sequence[Column]) -> Position | None:
    if not cursor:
        return None
    try:
        clauses, is_backwards, texts = _signer().unsign_object(cursor)
        # A cursor belongs to one order; the signature vouches for the rest.
        if clauses != [column.clause for column in columns]:
            raise InvalidCursor
        _ = [column.value_of(text) for column, text in zip(columns, texts, strict=True)]
    except (BadSignature, ValidationError, ValueError, TypeError):
        raise InvalidCursor from None
    return Position(texts, is_backwards)


class _Links:
    def __init__(self, request: Request, columns: Sequence[Column], found: Sequence[Model]) -> None:
        self.request, self.columns, self.found = request, columns, found

    def to(self, *, last: bool) -> str | None:
        """The page after the last row, or the one before the first; None where this page is empty."""
        if not self.found:
            return None
        row = self.found[-1 if last else 0]
        said = [[c.clause for c in self.columns], not last, [c.text_of(row) for c in self.columns]]
        query = {**dict(self.request.query_params.lists()), "cursor": [_signer().sign_object(said)]}
        # Links start with our one origin, whatever Host the caller has sent.
        path = self.request.get_full_path_info().partition("?")[0]
        return f"{settings.PUBLIC_URL}{path}?{urlencode(query, doseq=True)}"
