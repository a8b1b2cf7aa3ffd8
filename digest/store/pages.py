"""Whole texts of articles of which feeds have summaries, and what came of fetching them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select

from digest.store.engine import Transaction
from digest.store.schema import source_pages

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Page:
    """The page of one article."""

    source: str
    key: str
    digest: str
    """Of what the feed said when it was fetched."""

    tried_at: datetime
    attempts: int = 0
    """That failed, one after the other."""

    reason: str = ""
    """Why the last one failed; empty when it did not."""

    draft: Mapping[str, Any] | None = None
    """What the page says, as JSON; ``None`` while it never could be read."""


def known(tx: Transaction, source: str, keys: Iterable[str]) -> dict[str, Page]:
    """Return what is known of the pages of *source* with one of *keys*, by key."""
    wanted = sorted(set(keys))
    found: dict[str, Page] = {}
    for start in range(0, len(wanted), _BATCH):
        query = select(source_pages).where(
            source_pages.c.source == source, source_pages.c.key.in_(wanted[start : start + _BATCH])
        )
        found.update((row.key, Page(**row._mapping)) for row in tx.execute(query))  # noqa: SLF001 - SQLAlchemy's public name for a row as a mapping
    return found


def put(tx: Transaction, page: Page) -> None:
    """Write *page* down, in place of what was known of it."""
    tx.execute(
        delete(source_pages).where(
            source_pages.c.source == page.source, source_pages.c.key == page.key
        )
    )
    values = {name: getattr(page, name) for name in Page.__dataclass_fields__}
    tx.execute(insert(source_pages).values(**values))


def forget(tx: Transaction, source: str, keys: Collection[str], before: datetime) -> None:
    """Drop pages of *source* that were fetched *before*, but for those with one of *keys*."""
    old = tx.execute(
        select(source_pages.c.key).where(
            source_pages.c.source == source, source_pages.c.tried_at < before
        )
    ).scalars()
    stale = sorted(set(old) - set(keys))
    for start in range(0, len(stale), _BATCH):
        batch = stale[start : start + _BATCH]
        tx.execute(
            delete(source_pages).where(
                source_pages.c.source == source, source_pages.c.key.in_(batch)
            )
        )
