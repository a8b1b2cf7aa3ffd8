"""Which article stands in which document of which feed, and what publishing has yet to look at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, delete, func, insert, select, update

from digest.store.engine import Transaction
from digest.store.schema import (
    article_changes,
    articles,
    feed_entries,
    feed_pages,
    feed_states,
    revisions,
)

CURRENT = 0
"""The number of the current document; archive documents count from 1, oldest first."""

_BATCH = 500
_LOCK = 0x66656564
"""Key of the PostgreSQL lock under which entries move; any number of our own."""


@dataclass(frozen=True, slots=True)
class State:
    """What is kept of one feed."""

    selection: str
    """By what its articles were chosen; with anything else, all are looked at again."""

    topic: str = ""
    """The topic that it is of; empty for a feed of the settings."""


@dataclass(frozen=True, slots=True)
class Held:
    """An article in a document of a feed."""

    feed: str
    page: int
    sequence: int
    revision: int
    """In the current document the newest, else the one that is archived."""

    updated_at: datetime
    published_at: datetime
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True)
class Page:
    """An archive document."""

    number: int
    version: int = 1
    has_next: bool = False


def lock(tx: Transaction) -> None:
    """Keep other publishers out until the transaction ends. SQLite's own lock does already."""
    if tx.dialect.name == "postgresql":
        tx.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")


def changes(tx: Transaction) -> dict[int, int]:
    """Return what publishing has yet to look at: number of the change → article."""
    query = select(article_changes.c.id, article_changes.c.article_id)
    return {row.id: row.article_id for row in tx.execute(query)}


def forget_changes(tx: Transaction, numbers: Sequence[int]) -> None:
    """Drop changes that have been looked at."""
    for batch in _batches(numbers):
        tx.execute(delete(article_changes).where(article_changes.c.id.in_(batch)))


def states(tx: Transaction) -> dict[str, State]:
    """Return every feed there ever was, by name."""
    rows = tx.execute(select(feed_states).order_by(feed_states.c.feed))
    return {row.feed: State(row.selection, row.topic) for row in rows}


def put_state(tx: Transaction, feed: str, state: State) -> None:
    """Record what the feed's articles are chosen by."""
    tx.execute(delete(feed_states).where(feed_states.c.feed == feed))
    row = {"feed": feed, "selection": state.selection, "topic": state.topic}
    tx.execute(insert(feed_states), row)


def places_of(tx: Transaction, wanted: Sequence[int]) -> dict[int, list[Held]]:
    """Return where each of the articles *wanted* stands, in whichever feeds."""
    found: dict[int, list[Held]] = {}
    for batch in _batches(sorted(set(wanted))):
        for held in _held(tx, _entries().where(feed_entries.c.article_id.in_(batch))):
            found.setdefault(held.sequence, []).append(held)
    return found


def current(tx: Transaction) -> dict[str, list[Held]]:
    """Return what stands in the current document of each feed, newest first."""
    found: dict[str, list[Held]] = {}
    for held in _held(tx, _entries().where(feed_entries.c.page == CURRENT)):
        found.setdefault(held.feed, []).append(held)
    for entries in found.values():
        entries.sort(key=lambda held: (held.published_at, held.sequence), reverse=True)
    return found


def pages(tx: Transaction) -> dict[str, list[Page]]:
    """Return the archive documents of each feed, oldest first."""
    found: dict[str, list[Page]] = {}
    for row in tx.execute(select(feed_pages).order_by(feed_pages.c.feed, feed_pages.c.number)):
        found.setdefault(row.feed, []).append(Page(row.number, row.version, row.has_next))
    return found


def archived(tx: Transaction, feed: str, number: int) -> list[tuple[int, int]]:
    """Return number and revision of each article in an archive document, newest first."""
    query = (
        select(feed_entries.c.article_id, feed_entries.c.revision)
        .join(
            revisions,
            and_(
                revisions.c.article_id == feed_entries.c.article_id,
                revisions.c.revision == feed_entries.c.revision,
            ),
        )
        .where(feed_entries.c.feed == feed, feed_entries.c.page == number)
        .order_by(revisions.c.published_at.desc(), feed_entries.c.article_id.desc())
    )
    return [(row.article_id, row.revision) for row in tx.execute(query)]


def enter(tx: Transaction, entries: Iterable[tuple[str, int]]) -> None:
    """Put articles, each in a feed, into its current document, where they do not stand yet."""
    rows = [
        {"feed": feed, "page": CURRENT, "article_id": sequence, "revision": None}
        for feed, sequence in entries
    ]
    if rows:
        tx.execute(insert(feed_entries), rows)


def leave(tx: Transaction, feed: str, page: int, sequences: Sequence[int]) -> None:
    """Take articles out of a document of the feed."""
    for batch in _batches(sequences):
        tx.execute(delete(feed_entries).where(_in(feed, page, batch)))


def archive(tx: Transaction, feed: str, page: Page, sequences: Sequence[int]) -> None:
    """Move articles from the current document to a new archive document, as they are now."""
    row = {
        "feed": feed,
        "number": page.number,
        "version": page.version,
        "has_next": page.has_next,
    }
    tx.execute(insert(feed_pages), row)
    newest = (
        select(articles.c.revision)
        .where(articles.c.id == feed_entries.c.article_id)
        .scalar_subquery()
    )
    for batch in _batches(sequences):
        tx.execute(
            update(feed_entries)
            .where(_in(feed, CURRENT, batch))
            .values(page=page.number, revision=newest)
        )


def touch_page(tx: Transaction, feed: str, number: int) -> None:
    """Note that an archive document lost an article."""
    tx.execute(
        update(feed_pages)
        .where(feed_pages.c.feed == feed, feed_pages.c.number == number)
        .values(version=feed_pages.c.version + 1)
    )


def _in(feed: str, page: int, sequences: Sequence[int]) -> Any:  # noqa: ANN401 - an SQL expression
    return and_(
        feed_entries.c.feed == feed,
        feed_entries.c.page == page,
        feed_entries.c.article_id.in_(sequences),
    )


def _entries() -> Select[Any]:
    shown = func.coalesce(feed_entries.c.revision, articles.c.revision)
    return (
        select(
            feed_entries.c.feed,
            feed_entries.c.page,
            feed_entries.c.article_id,
            revisions.c.revision,
            revisions.c.updated_at,
            revisions.c.published_at,
            articles.c.withdrawn_at,
        )
        .join(articles, articles.c.id == feed_entries.c.article_id)
        .join(
            revisions,
            and_(revisions.c.article_id == articles.c.id, revisions.c.revision == shown),
        )
    )


def _held(tx: Transaction, query: Select[Any]) -> list[Held]:
    return [
        Held(
            row.feed,
            row.page,
            row.article_id,
            row.revision,
            row.updated_at,
            row.published_at,
            row.withdrawn_at,
        )
        for row in tx.execute(query)
    ]


def _batches(values: Sequence[int]) -> Iterable[Sequence[int]]:
    return (values[start : start + _BATCH] for start in range(0, len(values), _BATCH))
