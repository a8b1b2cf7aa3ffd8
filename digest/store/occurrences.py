"""Occurrences: which due times were dealt with, and what became of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update

from digest.model import Cadence, Occurrence, OccurrenceState
from digest.store.dialects import insert_new
from digest.store.engine import Transaction
from digest.store.schema import occurrences


def claim(tx: Transaction, occurrence: Occurrence, now: datetime) -> bool:
    """Insert the occurrence. Return whether this caller did: then it is the one to act on it.

    UNIQUE(briefing, period) decides between two daemons, so no issue is ever made twice.
    """
    return insert_new(
        tx,
        occurrences,
        {
            "briefing": occurrence.briefing,
            "period": occurrence.period,
            "due_at": occurrence.due_at,
            "state": occurrence.state,
            "reason": occurrence.reason,
            "decided_at": now,
            "cadence": occurrence.cadence,
        },
    )


def settle(
    tx: Transaction,
    briefing: str,
    period: str,
    state: OccurrenceState,
    *,
    reason: str = "",
    issue_id: int | None = None,
    passed_at: datetime | None = None,
) -> None:
    """Record what became of a claimed occurrence.

    *passed_at*: nobody wanted the issue then, so that what readers of the other cadence had until
    that moment is not made up for.
    """
    tx.execute(
        update(occurrences)
        .where(occurrences.c.briefing == briefing, occurrences.c.period == period)
        .values(state=state, reason=reason, issue_id=issue_id, passed_at=passed_at)
    )


def find(tx: Transaction, briefing: str, period: str) -> Occurrence | None:
    """Return the occurrence of *briefing* for *period*; ``None`` when there is none."""
    query = select(occurrences).where(
        occurrences.c.briefing == briefing, occurrences.c.period == period
    )
    row = tx.execute(query).one_or_none()
    return _occurrence(row) if row else None


def unsettled(tx: Transaction) -> list[Occurrence]:
    """Return occurrences that were claimed and never dealt with: a crash came in between."""
    query = (
        select(occurrences)
        .where(occurrences.c.state == OccurrenceState.DUE)
        .order_by(occurrences.c.due_at)
    )
    return [_occurrence(row) for row in tx.execute(query)]


def latest(tx: Transaction, briefing: str) -> Occurrence | None:
    """Return the newest occurrence of *briefing* that has a row; ``None`` when it has none."""
    query = (
        select(occurrences)
        .where(occurrences.c.briefing == briefing)
        .order_by(occurrences.c.due_at.desc())
        .limit(1)
    )
    row = tx.execute(query).one_or_none()
    return _occurrence(row) if row else None


def recent(
    tx: Transaction, briefing: str, limit: int = 20, cadence: Cadence | None = None
) -> list[Occurrence]:
    """Return the newest *limit* occurrences of *briefing* (and *cadence*), newest first."""
    query = (
        select(occurrences)
        .where(occurrences.c.briefing == briefing)
        .order_by(occurrences.c.due_at.desc())
        .limit(limit)
    )
    if cadence is not None:
        query = query.where(occurrences.c.cadence == cadence)
    return [_occurrence(row) for row in tx.execute(query)]


def _occurrence(row: Row[Any]) -> Occurrence:
    return Occurrence(
        row.briefing,
        row.period,
        row.due_at,
        OccurrenceState(row.state),
        row.reason,
        Cadence(row.cadence),
    )
