"""What SQLite and PostgreSQL say differently inside a statement; engine.py has the rest."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import (
    ARRAY,
    Column,
    Connection,
    Dialect,
    Enum,
    FromClause,
    Table,
    bindparam,
    column,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from digest.store.schema.base import Utc


def insert_into(tx: Connection, table: Table) -> postgresql.Insert:
    """Return an INSERT that can say ON CONFLICT.

    Each engine has a class of its own for it, with the same methods.
    """
    make: Any = sqlite.insert if tx.dialect.name == "sqlite" else postgresql.insert
    return cast("postgresql.Insert", make(table))


def insert_new(tx: Connection, table: Table, values: dict[str, Any]) -> bool:
    """Insert a row unless a unique key is taken. Return whether it was inserted.

    When another transaction is just inserting the same key, PostgreSQL waits for its end.
    """
    statement = insert_into(tx, table).values(**values).on_conflict_do_nothing()
    # Without the option PostgreSQL's count is not kept for an INSERT.
    done = tx.execute(statement, execution_options={"preserve_rowcount": True})
    return bool(done.rowcount)


def as_table(
    tx: Connection, columns: Sequence[Column[Any]], rows: Iterable[Sequence[Any]]
) -> FromClause:
    """Return *rows* as a table that a statement can join; its columns are named like *columns*.

    The values travel in as many parameters as there are columns (PostgreSQL) or in one (SQLite), so
    that the statement is the same for any number of rows and is compiled only once.
    """
    values = batch_values(tx, columns, rows)
    return _batch(tx.dialect.name, columns, lambda name: {"key": None, "value": values[name]})


def batch(dialect: str, columns: Sequence[Column[Any]]) -> FromClause:
    """Return what :func:`as_table` does, for a statement that is built once and used often.

    *dialect* is the name of the engine; the rows come with :func:`batch_values`.
    """
    return _batch(dialect, columns, lambda name: {"key": name})


def batch_values(
    tx: Connection, columns: Sequence[Column[Any]], rows: Iterable[Sequence[Any]]
) -> dict[str, Any]:
    """Return the parameters that fill the table of :func:`batch` with *rows*."""
    if tx.dialect.name != "sqlite":
        values = list(zip(*rows, strict=True)) or [()] * len(columns)
        return {
            f"batch_{item.name}": list(items) for item, items in zip(columns, values, strict=True)
        }
    to_stored = _processors(tx.dialect, tuple(columns))
    lines = [list(row) for row in rows]
    for row in lines:
        for place, process in to_stored:
            if row[place] is not None:
                row[place] = process(row[place])
    return {"batch": json.dumps(lines)}


def stored(tx: Connection, item: Column[Any], value: Any) -> Any:  # noqa: ANN401 - of any column
    """Return *value* as SQLite keeps it in that column, for :class:`Ready`; else as it is."""
    if tx.dialect.name == "sqlite" and value is not None:
        for _, process in _processors(tx.dialect, (item,)):
            value = process(value)
    return value


@lru_cache(maxsize=64)
def _processors(
    dialect: Dialect, columns: tuple[Column[Any], ...]
) -> tuple[tuple[int, Callable[[Any], Any]], ...]:
    """Return the places of values that are kept in another form, and what brings them into it."""
    return tuple(
        (place, process)
        for place, item in enumerate(columns)
        if (process := _processor(dialect, item))
    )


def _processor(dialect: Dialect, item: Column[Any]) -> Callable[[Any], Any] | None:
    if isinstance(item.type, Utc):
        return _time_text  # The library takes five times as long for the same.
    process: Callable[[Any], Any] | None = item.type.dialect_impl(dialect).bind_processor(dialect)
    if process is not None and isinstance(item.type, Enum):
        return lru_cache(maxsize=64)(process)  # There are only so many.
    return process


def _time_text(value: datetime) -> str:
    """Return a time as SQLite keeps it."""
    if value.tzinfo is None:
        raise ValueError("a time without a zone cannot be stored")
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


class Ready:
    """A statement for SQLite alone that is run very often: brought into its text once.

    It skips what the library does for each run of a statement: looking its text up, and bringing
    values and results from and to Python's types. Values are as the database keeps them.
    """

    def __init__(self, make: Callable[[], Any]) -> None:
        """Take the statement from *make* when it is first run."""
        self._make = make
        self._text: str | None = None
        self._names: tuple[str, ...] = ()
        self._fixed: dict[str, Any] = {}

    def run(self, tx: Connection, values: Mapping[str, Any]) -> sqlite3.Cursor:
        """Run it with *values*, by the names of its parameters."""
        if self._text is None:
            compiled = self._make().compile(dialect=tx.dialect)
            self._names = tuple(compiled.positiontup)
            self._fixed = {
                name: str(value) if isinstance(value, StrEnum) else value
                for name, value in compiled.params.items()
            }
            self._text = str(compiled)
        found = {**self._fixed, **values}
        return run_plainly(tx, self._text, tuple([found[name] for name in self._names]))

    def value(self, tx: Connection, values: Mapping[str, Any]) -> Any:  # noqa: ANN401 - as the database has it
        """Run it with *values*; return the one value that it gives."""
        (found,) = self.run(tx, values).fetchone()
        return found


def run_plainly(tx: Connection, text: str, values: tuple[Any, ...] = ()) -> sqlite3.Cursor:
    """Run a statement by SQLite's driver alone: with every few messages the library's share counts.

    Raises:
        DBAPIError: as the library raises it.
    """
    driver = cast("sqlite3.Connection", tx.connection.dbapi_connection)
    try:
        return driver.execute(text, values)
    except sqlite3.Error as error:
        raise DBAPIError.instance(text, None, error, sqlite3.Error, dialect=tx.dialect) from error


def _batch(
    dialect: str, columns: Sequence[Column[Any]], bound: Callable[[str], dict[str, Any]]
) -> FromClause:
    if dialect == "sqlite":
        each = func.json_each(bindparam(**bound("batch"))).table_valued("value")
        return select(
            *(
                func.json_extract(
                    each.c.value, literal_column(f"'$[{place}]'"), type_=item.type
                ).label(item.name)
                for place, item in enumerate(columns)
            )
        ).subquery("batch")
    arrays = [bindparam(**bound(f"batch_{item.name}"), type_=ARRAY(item.type)) for item in columns]
    names: list[Any] = [column(item.name, item.type) for item in columns]
    return func.unnest(*arrays).table_valued(*names).render_derived(name="batch")
