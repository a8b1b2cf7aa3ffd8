"""Which is newer, the database or the journal beside it: how a restored backup is found out.

Each transaction that has facts is a *generation*: it gets the next position, writes its facts to
the journal under that number, and keeps the number in the database as well. What the journal has
beyond that number was not committed (a crash came before, or the commit failed), unless one of its
writers knew more than this database does: then this database is older than what was done already.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection, bindparam, delete, select, update

from digest.errors import StoreError
from digest.model.facts import Fact
from digest.store.dialects import Ready, insert_new
from digest.store.schema import journals

# Run with every commit, and built once: building them costs more than running them.
_POSITION = select(journals.c.position).where(journals.c.id == bindparam("log")).with_for_update()
_ADVANCE = Ready(
    lambda: (
        update(journals)
        .where(journals.c.id == bindparam("log"), journals.c.position == bindparam("tail"))
        .values(position=bindparam("to"))
    )
)
_MOVE = update(journals).where(journals.c.id == bindparam("log")).values(position=bindparam("to"))


class FactLog(Protocol):
    """What keeps facts outside of the database; see :mod:`digest.journal`."""

    @property
    def exists(self) -> bool:
        """Whether it has been begun."""
        ...

    @property
    def id(self) -> str:
        """Its name; begins it if need be."""
        ...

    @property
    def begins_at(self) -> int:
        """The oldest position that is kept; 0 when there is none."""
        ...

    def tail(self) -> int:
        """Return the newest position; 0 when there is none."""
        ...

    @property
    def base(self) -> int:
        """Where the database stood when the newest position was written; 0 when there is none."""
        ...

    def facts(self, after: int = 0) -> Iterator[Fact]:
        """Yield the facts beyond the position *after*."""
        ...

    def damage(self) -> tuple[str, ...]:
        """Return the places that cannot be read."""
        ...

    def append(self, position: int, facts: Sequence[Fact], *, base: int | None = None) -> None:
        """Write facts, safely; *base* is where the database stands, if not right before."""
        ...

    def prune(self, now: datetime) -> int:
        """Remove what is too old to be of use; return how many files."""
        ...


@dataclass(frozen=True, slots=True)
class Standing:
    """How a database and its journal stand to each other."""

    position: int
    """What the database knows."""

    tail: int
    """What the journal knows."""

    base: int = 0
    """What the journal knows that a database has known: its writers' was there at least."""

    is_missing: bool = False
    """Whether the database knows of a journal, and there is none."""

    @property
    def ahead(self) -> int:
        """How many transactions the journal has that the database lacks."""
        return max(0, self.tail - self.position)

    @property
    def is_restored(self) -> bool:
        """Whether it is older than what was done already: somebody has known more than it does."""
        return self.base > self.position

    @property
    def why_held(self) -> str:
        """Why nothing may be composed or sent; empty when all is well."""
        if self.is_missing:
            return (
                "the journal beside the database is missing, so nobody knows what was sent since "
                "this database was saved: nothing is composed or sent. Bring the journal back, "
                "or run `digest reconcile --without-journal`, which tells what that means"
            )
        if self.is_restored:
            return (
                f"this database is older than its journal (by {self.ahead} transactions): it was "
                "restored from a backup. Nothing is composed or sent until `digest reconcile` "
                "has replayed what was done since"
            )
        return ""


def record(tx: Connection, log: FactLog, facts: Sequence[Fact]) -> None:
    """Write the facts of a transaction that is about to commit.

    A database that is behind stays behind: its position moves only once it has the rest.

    Raises:
        StoreError: if they cannot be written; then the transaction must not commit.
    """
    if _is_missing(tx, log):
        return
    try:
        if tx.dialect.name == "sqlite" and (position := _advance(tx, log)):
            log.append(position, facts)
            return
        found = lock(tx, log)
        position = max(found.position, found.tail) + 1
        # Whoever knew more is not forgotten, whatever is written to an older database.
        log.append(position, facts, base=max(found.position, found.base))
    except OSError as error:
        raise StoreError(
            f"the journal beside the database cannot be written: {error}. Nothing was changed; "
            "check its folder's rights and the free space"
        ) from error
    if not found.ahead:
        put(tx, log.id, position)


def _advance(tx: Connection, log: FactLog) -> int:
    """Count up the position of an SQLite database that knows all of *log*; 0 if it does not.

    Its transaction has kept other writers out from its beginning.
    """
    tail = log.tail()
    moved = _ADVANCE.run(tx, {"log": log.id, "tail": tail, "to": tail + 1})
    return tail + 1 if moved.rowcount else 0


def standing(tx: Connection, log: FactLog) -> Standing:
    """Return how the database and *log* stand to each other.

    Raises:
        StoreError: if the journal cannot be read.
    """
    if not log.exists:
        return Standing(0, 0, is_missing=_is_missing(tx, log))
    try:
        query = select(journals.c.position).where(journals.c.id == log.id)
        return Standing(tx.execute(query).scalar_one_or_none() or 0, log.tail(), log.base)
    except OSError as error:
        raise StoreError(f"the journal beside the database cannot be read: {error}") from error


def put(tx: Connection, log_id: str, position: int) -> None:
    """Say that the database has everything up to *position*."""
    # It stands there already, but for the first time.
    if not tx.execute(_MOVE, {"log": log_id, "to": position}).rowcount:
        insert_new(tx, journals, {"id": log_id, "position": position})


def forget_all(tx: Connection) -> None:
    """Forget all journals: those that are written from now on are new ones."""
    tx.execute(delete(journals))


def lock(tx: Connection, log: FactLog) -> Standing:
    """Keep other writers of *log* out until the transaction ends; return how both stand.

    Raises:
        OSError: if the journal cannot be read.
    """
    found = tx.execute(_POSITION, {"log": log.id}).scalar_one_or_none()
    if found is None:
        insert_new(tx, journals, {"id": log.id, "position": 0})
        found = tx.execute(_POSITION, {"log": log.id}).scalar_one()
    return Standing(int(found), log.tail(), log.base)


def _is_missing(tx: Connection, log: FactLog) -> bool:
    # Where several hosts share a database, each has a journal, and one that has none is new.
    if log.exists or tx.dialect.name != "sqlite":
        return False
    return tx.execute(select(journals.c.id).limit(1)).first() is not None
