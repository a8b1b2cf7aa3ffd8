"""What editors want of the next issue, and which articles have waited for room how often."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import delete, insert, select

from digest.model import Cadence, Placement
from digest.store.dialects import insert_into
from digest.store.engine import Transaction
from digest.store.schema import arrangements, held_articles, introductions, subjects


def placements(tx: Transaction, briefing: str) -> dict[int, Placement]:
    """Return what is wanted of articles in *briefing*, by sequence number, in order of position."""
    query = (
        select(arrangements.c.article_id, arrangements.c.placement)
        .where(arrangements.c.briefing == briefing)
        .order_by(arrangements.c.position, arrangements.c.article_id)
    )
    return {row.article_id: Placement(row.placement) for row in tx.execute(query)}


def arrange(tx: Transaction, briefing: str, placed: Mapping[int, Placement], now: datetime) -> None:
    """Have *placed*, in that order, in place of all that was wanted of articles in *briefing*."""
    tx.execute(delete(arrangements).where(arrangements.c.briefing == briefing))
    rows = [
        {
            "briefing": briefing,
            "article_id": sequence,
            "placement": placement,
            "position": position,
            "set_at": now,
        }
        for position, (sequence, placement) in enumerate(placed.items(), start=1)
    ]
    if rows:
        tx.execute(insert(arrangements), rows)


def introduction(tx: Transaction, briefing: str) -> str:
    """Return what stands above the next issue of *briefing*; empty when nothing does."""
    query = select(introductions.c.text).where(introductions.c.briefing == briefing)
    return tx.execute(query).scalar_one_or_none() or ""


def introduce(tx: Transaction, briefing: str, text: str, now: datetime) -> None:
    """Put *text* above the next issue of *briefing*; an empty one takes it away."""
    tx.execute(delete(introductions).where(introductions.c.briefing == briefing))
    if text:
        tx.execute(insert(introductions).values(briefing=briefing, text=text, set_at=now))


def subject(tx: Transaction, briefing: str) -> str:
    """Return what the next issue of *briefing* is to be called; empty: as the settings say."""
    query = select(subjects.c.text).where(subjects.c.briefing == briefing)
    return tx.execute(query).scalar_one_or_none() or ""


def entitle(tx: Transaction, briefing: str, text: str, now: datetime) -> None:
    """Call the next issue of *briefing* *text*; an empty one leaves it to the settings."""
    tx.execute(delete(subjects).where(subjects.c.briefing == briefing))
    if text:
        tx.execute(insert(subjects).values(briefing=briefing, text=text, set_at=now))


def clear(tx: Transaction, briefing: str) -> None:
    """Forget what was wanted of the issue that was just frozen; what is dropped stays so."""
    tx.execute(
        delete(arrangements).where(
            arrangements.c.briefing == briefing, arrangements.c.placement != Placement.DROP
        )
    )
    for table in (introductions, subjects):
        tx.execute(delete(table).where(table.c.briefing == briefing))


def waits(tx: Transaction, briefing: str, cadence: Cadence) -> dict[int, int]:
    """Return for how many issues articles have waited for room, by sequence number."""
    query = select(held_articles.c.article_id, held_articles.c.issues).where(
        held_articles.c.briefing == briefing, held_articles.c.cadence == cadence
    )
    return {row.article_id: row.issues for row in tx.execute(query)}


def note_waiting(
    tx: Transaction, briefing: str, cadence: Cadence, waiting: Collection[int]
) -> None:
    """Count one more issue that *waiting* found no room in."""
    rows = [
        {"briefing": briefing, "cadence": cadence, "article_id": sequence, "issues": 1}
        for sequence in waiting
    ]
    if rows:
        statement = insert_into(tx, held_articles)
        again = {"issues": held_articles.c.issues + 1}
        keys = list(held_articles.primary_key.columns)
        tx.execute(statement.on_conflict_do_update(index_elements=keys, set_=again), rows)
