"""How often feeds were fetched, and for how many readers; addresses never get here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Select, case, delete, func, select

from digest.store import settings
from digest.store.dialects import insert_into, insert_new
from digest.store.engine import Transaction
from digest.store.schema import feed_polls
from digest.store.schema import settings as settings_table

ENDED = ""
"""The mark of rows of days that are over."""

_KEY = "census.key:"
"""The settings that hold a day's key begin so, and end in the day."""


@dataclass(frozen=True, slots=True)
class Poller:
    """Who fetched, as far as that is told apart on one day."""

    document: str
    program: str
    mark: str


@dataclass(frozen=True, slots=True)
class Seen:
    """How often, and for how many."""

    readers: int
    polls: int


@dataclass(frozen=True, slots=True)
class DayCount:
    """What one program did with one document on one day."""

    day: str
    document: str
    program: str
    readers: int
    polls: int


def key_of(tx: Transaction, day: str, fresh: str) -> str:
    """Return the key of *day*: *fresh* unless another process was first."""
    insert_new(tx, settings_table, {"key": _KEY + day, "value": fresh})
    return settings.get(tx, _KEY + day) or fresh


def add(tx: Transaction, day: str, seen: Mapping[Poller, Seen]) -> None:
    """Count what was *seen* on *day*."""
    if not seen:
        return
    statement = insert_into(tx, feed_polls)
    new = statement.excluded
    most = case((new.readers > feed_polls.c.readers, new.readers), else_=feed_polls.c.readers)
    statement = statement.on_conflict_do_update(
        index_elements=["day", "document", "program", "mark"],
        set_={"polls": feed_polls.c.polls + new.polls, "readers": most},
    )
    rows = [
        {
            "day": day,
            "document": who.document,
            "program": who.program,
            "mark": who.mark,
            "readers": what.readers,
            "polls": what.polls,
        }
        for who, what in seen.items()
    ]
    tx.execute(statement, rows)


def end_days(tx: Transaction, today: str) -> None:
    """Make one row of all that only told readers apart on days before *today*; drop their keys."""
    is_over = feed_polls.c.day < today
    has_marks = is_over & (feed_polls.c.mark != ENDED)
    if tx.execute(select(feed_polls.c.day).where(has_marks).limit(1)).first() is not None:
        # What came late, from another process, joins what was there.
        found = [row._asdict() for row in tx.execute(_totals().where(is_over))]
        tx.execute(delete(feed_polls).where(is_over))
        tx.execute(insert_into(tx, feed_polls), [{**row, "mark": ENDED} for row in found])
    old = settings_table.c.key.startswith(_KEY, autoescape=True)
    tx.execute(delete(settings_table).where(old & (settings_table.c.key < _KEY + today)))


def forget(tx: Transaction, before: str) -> None:
    """Drop what was counted on days before *before*."""
    tx.execute(delete(feed_polls).where(feed_polls.c.day < before))


def counted(tx: Transaction, since: str) -> list[DayCount]:
    """Return what was counted on the day *since* and later, the oldest day first."""
    totals = _totals().where(feed_polls.c.day >= since)
    return [DayCount(**row._asdict()) for row in tx.execute(totals)]


def _totals() -> Select[str, str, str, int, int]:
    table = feed_polls.c
    return (
        select(
            table.day,
            table.document,
            table.program,
            func.sum(table.readers).label("readers"),
            func.sum(table.polls).label("polls"),
        )
        .group_by(table.day, table.document, table.program)
        .order_by(table.day, table.document, table.program)
    )
