"""Rows of a table as values that JSON has, and back: to keep a row outside of the database.

Columns that a later schema has and the kept row lacks get their defaults; columns that it has no
more are dropped. So what one release wrote the next can read.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, LargeBinary, Table

from digest.model.facts import Cell
from digest.store.schema import Utc


def to_portable(table: Table, row: Mapping[str, Any]) -> dict[str, Cell]:
    """Return those values of *row* that *table* has columns for. The inverse of the other."""
    return {
        column.name: _to_cell(column.type, row[column.name])
        for column in table.columns
        if column.name in row
    }


def from_portable(table: Table, cells: Mapping[str, Cell]) -> dict[str, Any]:
    """Return what to insert into *table* for a row kept as *cells*."""
    return {
        column.name: _from_cell(column.type, cells[column.name])
        for column in table.columns
        if column.name in cells
    }


def _to_cell(kind: object, value: Any) -> Cell:  # noqa: ANN401 - whatever the column holds
    if value is None:
        return None
    if isinstance(kind, Utc):
        return str(value.isoformat())
    if isinstance(kind, LargeBinary):
        return base64.b64encode(value).decode("ascii")
    if isinstance(kind, JSON):
        return json.dumps(value)
    cell: Cell = value
    return cell


def _from_cell(kind: object, cell: Cell) -> Any:  # noqa: ANN401 - whatever the column holds
    if cell is None:
        return None
    if isinstance(kind, Utc):
        return datetime.fromisoformat(str(cell))
    if isinstance(kind, LargeBinary):
        return base64.b64decode(str(cell))
    if isinstance(kind, JSON):
        return json.loads(str(cell))
    return cell
