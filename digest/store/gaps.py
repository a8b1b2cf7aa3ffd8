"""Numbers that are given out once, even where a restored backup has forgotten whose they were.

Links in mails and envelope senders name people and subscriptions by number. After a backup was
restored the numbers of those who came since would go to others, whom the old links would then
unsubscribe.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Table, cast, func, insert, select
from sqlalchemy.dialects.postgresql import REGCLASS

from digest.model import SubscriptionState
from digest.store.engine import Transaction
from digest.store.schema import subscribers, subscriptions

GAP = 1_000_000
"""More people than subscribe between two backups."""


def leave_gaps(tx: Transaction, at: datetime) -> None:
    """Give out none of the next :data:`GAP` numbers of people and subscriptions.

    A row that stands for nobody, as those of erased people do, keeps them.
    """
    person = _beyond(tx, subscribers)
    nobody: dict[str, Any] = dict.fromkeys(
        ("email", "address_hash", "name", "language", "timezone"), ""
    )
    tx.execute(
        insert(subscribers).values(
            **nobody, id=person, email_key=f"erased {person}", created_at=at, erased_at=at
        )
    )
    tx.execute(
        insert(subscriptions).values(
            id=_beyond(tx, subscriptions),
            subscriber_id=person,
            briefing="",
            state=SubscriptionState.UNSUBSCRIBED,
            created_at=at,
        )
    )
    for table in (subscribers, subscriptions):
        _go_on_from_there(tx, table)


def _beyond(tx: Transaction, table: Table) -> int:
    return int(tx.execute(select(func.max(table.c.id))).scalar_one() or 0) + GAP


def _go_on_from_there(tx: Transaction, table: Table) -> None:
    """Number on from the highest: SQLite does by itself."""
    if tx.dialect.name == "postgresql":
        sequence = cast(func.pg_get_serial_sequence(table.name, "id"), REGCLASS)
        highest = select(func.max(table.c.id)).scalar_subquery()
        tx.execute(select(func.setval(sequence, highest)))
