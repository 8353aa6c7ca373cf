"""Writes that spare round trips: rows that are made or changed, a change that tells what it met, and several sent as one.

Like what `common.statements` asks, they are composed once in each process.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from itertools import chain
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import Model, QuerySet

from common.statements import Addition, Change, Composed, Waiting, gathering, write

Row = tuple[Any, ...]


class Telling:
    """A change of rows that tells of each what `ask` says, a queryset of `values_list`: columns as they are now, or subqueries."""

    def __init__(self, change: Change, ask: Callable[[], QuerySet[Any, Any]]) -> None:
        self.change, self.ask = change, ask

    @cached_property
    def composed(self) -> Composed:
        return _telling(self.change.composed, self.ask())

    def rows(self, **given: Any) -> list[Row]:
        return _rows(self.composed, given)

    def row(self, **given: Any) -> Row | None:
        """Of a change that affects one row at most."""
        return next(iter(self.rows(**given)), None)


class Upsert:
    """`INSERT` of rows. One that is there already is changed as `change` says instead, if it is among those that it affects.

    Rows are taken, and locked, in the order in which they are given.
    """

    def __init__(self, model: type[Model], change: Change, *, tell: Sequence[str]) -> None:
        self.addition, self.change, self.tell = Addition(model), change, tell
        self._composed: dict[int, Composed] = {}

    def run(self, *rows: Model, **given: Any) -> None:
        write(self._for(len(rows)), {**self.addition.given(*rows), **given})

    def rows(self, *rows: Model, **given: Any) -> list[Row]:
        """Of those that were made or changed, what `tell` names."""
        return _rows(self._for(len(rows)), {**self.addition.given(*rows), **given})

    def _for(self, count: int) -> Composed:
        return self._composed.get(count) or self._composed.setdefault(count, self._over(self.addition.composed(count)))

    def _over(self, added: Composed) -> Composed:
        # What follows the table's name in an UPDATE is what ON CONFLICT takes.
        meta, quote, change = self.addition.model._meta, connection.ops.quote_name, self.change.composed  # noqa: SLF001
        what = change.sql.removeprefix(f"UPDATE {quote(meta.db_table)} ")
        sql = f"{added.sql} ON CONFLICT ({quote(str(meta.pk.column))}) DO UPDATE {what}"
        told = self.addition.model._default_manager.order_by().values_list(*self.tell)  # noqa: SLF001  public
        return _telling(Composed(sql, (*added.params, *change.params), []), told)


class Outcome:
    """What the first of several writes told, once all have been sent."""

    rows: Sequence[Row] = ()

    @property
    def row(self) -> Row | None:
        return next(iter(self.rows), None)


@contextmanager
def together(first: Telling, **given: Any) -> Iterator[Outcome]:
    """What is added in here is sent with `first`: as one statement, where the database takes that.

    None may lean on another, for all see what was there before. And all happen, also where `first` met nothing: whoever
    learns that rolls back.
    """
    outcome = Outcome()
    if connection.vendor == "postgresql":
        with gathering() as others:
            yield outcome
        outcome.rows = _sent_as_one(first.composed, given, others)
    else:
        outcome.rows = first.rows(**given)
        yield outcome


def _sent_as_one(first: Composed, given: Mapping[str, Any], others: Waiting) -> list[Row]:
    # PostgreSQL promises no order, and keeps one: the statement itself comes before what its WITH changes. So are its locks taken
    # first here too; a race in the tests of tokens would tell if that changed.
    database = connections[DEFAULT_DB_ALIAS]
    also = ", ".join(f"also{place} AS ({composed.sql})" for place, (composed, _) in enumerate(others))
    values = chain(*(composed.values_in(its, database) for composed, its in others), first.values_in(given, database))
    sql = f"WITH {also} {first.sql}" if also else first.sql
    return _rows(Composed(sql, tuple(values), first.converters), {})


def _rows(composed: Composed, given: Mapping[str, Any]) -> list[Row]:
    with composed.execute(given) as cursor:
        return [composed.read(row) for row in cursor.fetchall()]


def _telling(composed: Composed, ask: QuerySet[Any, Any]) -> Composed:
    compiler = ask.query.get_compiler(connection=connection)
    compiler.pre_sql_setup()
    told = compiler.select or []
    found = compiler.get_converters([column for column, *_ in told])
    columns, params = ", ".join(sql for _, (sql, _), _ in told), chain(*(more for _, (_, more), _ in told))
    return Composed(
        f"{composed.sql} RETURNING {columns}",
        (*composed.params, *params),
        [(place, *how) for place, how in found.items()],
    )
