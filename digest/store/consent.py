"""The record of consent: who agreed to what, when, on which words, and how they left.

Append-only: events are added and never changed or removed. Erasing a person takes away what tells
who it was, and leaves that somebody agreed and left (see :mod:`digest.store.erasure`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select

from digest.model import SubscriptionState
from digest.store import facts
from digest.store.dialects import as_table
from digest.store.engine import Transaction
from digest.store.schema import consents


@dataclass(frozen=True, slots=True)
class Consent:
    """One event in the record of a person's consent."""

    subscriber_id: int
    briefing: str
    at: datetime
    state: SubscriptionState
    """What the event led to."""

    method: str
    """Who or what did it: ``import``, ``operator``, ``form``, ``mail``, ``one-click`` …"""

    evidence: str
    """The words that were agreed to, or why the operator says that it was."""

    version: str = ""
    """Which wording of the words; empty where nobody was shown any."""

    network: str = ""
    """Where it came from: a network (``192.0.2.0/24``), never a single address; empty: not from
    a page."""


_COLUMNS = tuple(column for column in consents.columns if column.name != "id")


def record(tx: Transaction, *events: Consent) -> None:
    """Add events to the record, in that order."""
    if not events:
        return
    rows = [[getattr(event, column.name) for column in _COLUMNS] for event in events]
    names = [column.name for column in _COLUMNS]
    tx.execute(insert(consents).from_select(names, select(as_table(tx, _COLUMNS, rows))))
    facts.note_consents(tx, [(e.subscriber_id, e.briefing, e.state, e.at) for e in events])


def consents_of(tx: Transaction, subscriber_id: int) -> list[Consent]:
    """Return the whole record of a person's consent, oldest first."""
    query = (
        select(consents).where(consents.c.subscriber_id == subscriber_id).order_by(consents.c.id)
    )
    return [
        Consent(
            row.subscriber_id,
            row.briefing,
            row.at,
            SubscriptionState(row.state),
            row.method,
            row.evidence,
            row.version,
            row.network,
        )
        for row in tx.execute(query)
    ]
