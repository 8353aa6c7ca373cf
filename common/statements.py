"""Questions and changes that are composed once in each process and from then on only sent: for those that every request asks.

For a question of one row the ORM composes its SQL for longer than the database looks for the answer. So it composes once, with
a `Given` wherever a call brings a value; what a call then costs is to send it, and to read the rows as the ORM would.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, cached_property
from types import SimpleNamespace
from typing import Any, cast

import psycopg
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.db.models import Aggregate, Expression, Field, JSONField, Model, QuerySet
from django.db.models.constants import OnConflict
from django.db.models.query import get_related_populators
from django.db.models.sql import InsertQuery, UpdateQuery
from django.db.models.sql.compiler import SQLCompiler

PLACEHOLDER = re.compile("%[s%]")
Converters = list[tuple[int, list[Callable[[Any, Any, Any], Any]], Any]]


class Given(Expression):
    """Stands in a queryset for a value that each call brings under this name, as the field would have it."""

    def __init__(self, name: str, field: Field[Any, Any]) -> None:
        super().__init__(output_field=field)
        self.name = name

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> tuple[str, tuple[Any, ...]]:
        del compiler, connection
        return "%s", (self,)

    def value_in(self, given: Mapping[str, Any], database: BaseDatabaseWrapper) -> Any:
        return self.output_field.get_db_prep_value(given[self.name], database, prepared=False)


class Listed(Aggregate):
    """The values of a group as one list, so that a subquery can bring many of them into one row."""

    function = "JSON_GROUP_ARRAY"
    output_field = JSONField()

    def as_postgresql(self, compiler: SQLCompiler, connection: Any, **more: Any) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, function="JSONB_AGG", **more)


@dataclass(frozen=True, slots=True)
class Composed:
    """SQL, its parameters (those that are `Given` are yet to be filled in), and how to read what comes back."""

    sql: str
    params: tuple[Any, ...]
    converters: Converters

    def execute(self, given: Mapping[str, Any]) -> CursorWrapper:
        # Django's `connection` looks for the one of this thread each time that it is touched.
        database = connections[DEFAULT_DB_ALIAS]
        return _sent(self.sql, self.values_in(given, database), database)

    def values_in(self, given: Mapping[str, Any], database: BaseDatabaseWrapper) -> list[Any]:
        return [each.value_in(given, database) if isinstance(each, Given) else each for each in self.params]

    def read(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        values = list(row)
        for place, converters, expression in self.converters:
            for convert in converters:
                values[place] = convert(values[place], expression, connection)
        return tuple(values)


# What is added waits here, where several writes are to be sent as one (`common.writes.together`).
Waiting = list[tuple[Composed, Mapping[str, Any]]]
_gathered: ContextVar[Waiting | None] = ContextVar("gathered", default=None)


@contextmanager
def gathering() -> Iterator[Waiting]:
    """What is added in here is not sent, but handed to who asked for it."""
    found: Waiting = []
    mark = _gathered.set(found)
    try:
        yield found
    finally:
        _gathered.reset(mark)


def write(composed: Composed, given: Mapping[str, Any]) -> None:
    waiting = _gathered.get()
    if waiting is None:
        composed.execute(given).close()
    else:
        waiting.append((composed, given))


class Question:
    """`ask` is a queryset of `values_list`, made when it is first asked; its rows are the ones that it would give."""

    def __init__(self, ask: Callable[[], QuerySet[Any, Any]]) -> None:
        self.ask = ask

    @cached_property
    def _compiled(self) -> tuple[SQLCompiler, Composed]:
        compiler = self.ask().query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        columns = [column for column, *_ in (compiler.select or [])[: compiler.col_count]]
        found = compiler.get_converters(columns)
        return compiler, Composed(sql, tuple(params), [(place, *how) for place, how in found.items()])

    def rows(self, **given: Any) -> list[tuple[Any, ...]]:
        _, composed = self._compiled
        with composed.execute(given) as cursor:
            return [composed.read(row) for row in cursor.fetchall()]

    def first(self, **given: Any) -> tuple[Any, ...] | None:
        return next(iter(self.rows(**given)), None)


class Search(Question):
    """The same for a queryset of a model: what is found are instances, with what `select_related` and annotations bring."""

    @cached_property
    def _shape(self) -> _Shape:
        compiler, _ = self._compiled
        kind: Any = compiler.klass_info
        start, end = kind["select_fields"][0], kind["select_fields"][-1] + 1
        names = [column.target.attname for column, *_ in compiler.select[start:end]]
        related = get_related_populators(kind, compiler.select, DEFAULT_DB_ALIAS)  # type: ignore[call-arg]  # as in Django 6
        return _Shape(kind["model"], names, slice(start, end), related, compiler.annotation_col_map or {})

    def all(self, **given: Any) -> list[Any]:
        return [self._shape.filled_with(row) for row in self.rows(**given)]

    def one(self, **given: Any) -> Any:
        """The first that is found, or None."""
        return next(iter(self.all(**given)), None)


@dataclass(frozen=True, slots=True)
class _Shape:
    """As Django itself makes an instance of a row."""

    model: type[Model]
    names: list[str]
    place: slice
    related: list[Any]
    annotations: Mapping[str, int]

    def filled_with(self, row: tuple[Any, ...]) -> Model:
        made = self.model.from_db(DEFAULT_DB_ALIAS, self.names, row[self.place])
        for populator in self.related:
            populator.populate(row, made)
        for name, column in self.annotations.items():
            setattr(made, name, row[column])
        return made


class Change:
    """`UPDATE` of the rows of a queryset, each field to what `values` say."""

    def __init__(self, rows: Callable[[], QuerySet[Any, Any]], values: Callable[[], Mapping[str, Any]]) -> None:
        self.affected, self.values = rows, values

    @cached_property
    def composed(self) -> Composed:
        query = cast("UpdateQuery", self.affected().query.chain(UpdateQuery))
        query.add_update_values(dict(self.values()))
        sql, params = query.get_compiler(connection=connection).as_sql()
        return Composed(sql, tuple(params), [])

    def run(self, **given: Any) -> int:
        """How many rows it changed."""
        with self.composed.execute(given) as cursor:
            return int(cursor.rowcount)


class Addition:
    """`INSERT` of new rows of one model, as the instances say that they are.

    With `over`, those that are there already take these fields from the new ones; with `unless_there` they stay as they are.
    """

    def __init__(self, model: type[Model], *, over: Sequence[str] = (), unless_there: bool = False) -> None:
        self.model, self.over = model, over
        self.on_conflict = OnConflict.UPDATE if over else OnConflict.IGNORE if unless_there else None
        self._composed: dict[int, Composed] = {}

    def run(self, *rows: Model) -> None:
        write(self.composed(len(rows)), self.given(*rows))
        for row in rows:
            row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS  # noqa: SLF001  as `save` does

    def composed(self, count: int) -> Composed:
        return self._composed.get(count) or self._composed.setdefault(count, self._for(count))

    def given(self, *rows: Model) -> dict[str, Any]:
        return {_place(field, at): getattr(row, field.attname) for at, row in enumerate(rows) for field in self._fields}

    def _for(self, count: int) -> Composed:
        names = {"update_fields": [self.model._meta.get_field(name) for name in self.over]}  # noqa: SLF001  public
        unique = [self.model._meta.pk] if self.over else []  # noqa: SLF001  public
        query = InsertQuery(self.model, on_conflict=self.on_conflict, unique_fields=unique, **names)
        rows: list[Any] = [SimpleNamespace(**self._placeholders(at)) for at in range(count)]
        query.insert_values(self._fields, rows, raw=True)
        ((sql, params),) = query.get_compiler(connection=connection).as_sql()
        return Composed(sql, tuple(params), [])

    def _placeholders(self, at: int) -> dict[str, Given]:
        return {field.attname: Given(_place(field, at), field) for field in self._fields}

    @cached_property
    def _fields(self) -> list[Any]:
        return list(self.model._meta.concrete_fields)  # noqa: SLF001  public


def _place(field: Any, at: int) -> str:
    return f"{field.attname} {at}"


def _sent(sql: str, values: Sequence[Any], database: BaseDatabaseWrapper) -> CursorWrapper:
    # Who has statements logged wants to read them with their values, as Django's own cursor writes them.
    if database.vendor != "postgresql" or database.queries_logged:
        cursor = database.cursor()
        cursor.execute(sql, values)
        return cursor
    # This one sends the values apart from the text, so that each connection plans the statement once.
    database.ensure_connection()
    cursor = CursorWrapper(psycopg.RawCursor(database.connection), database)
    cursor.execute(_numbered(sql), values)
    return cursor


@cache
def _numbered(sql: str) -> str:
    # With PostgreSQL's own placeholders psycopg has nothing to read in it. It would, at each sending, where there are many.
    place = itertools.count(1)
    return PLACEHOLDER.sub(lambda found: "%" if found[0] == "%%" else f"${next(place)}", sql)
