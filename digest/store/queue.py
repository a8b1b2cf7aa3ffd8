"""Telling senders on other hosts that something is due, in the transaction that made it so.

Nothing depends on it: what is due can be looked up at any time (chunks.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol, cast

from sqlalchemy import Connection

if TYPE_CHECKING:
    import psycopg

OPTION = "digest_due"
"""Option of a transaction: a dictionary of how many deliveries it made due, by issue."""


class Queue(Protocol):
    """Where senders hear of what is due. PostgreSQL only."""

    def defer(self, connection: psycopg.Connection, due: Mapping[int, int]) -> None:
        """Announce deliveries, in the transaction that is open on *connection*.

        Never raises: whatever is wrong with the queue, what was written stays.

        Args:
            connection: Where to.
            due: How many there are, by issue.
        """
        ...

    def refill(self, connection: psycopg.Connection, due: Mapping[int, int]) -> int:
        """Announce what of *due* nobody has heard of. Return how many announcements that took.

        Never raises either.
        """
        ...


def announce(tx: Connection, issue_id: int, number: int) -> None:
    """Have the end of the transaction say that so many deliveries of an issue are due."""
    due: dict[int, int] | None = tx.get_execution_options().get(OPTION)
    if due is not None:
        due[issue_id] = due.get(issue_id, 0) + number


def driver_of(tx: Connection) -> psycopg.Connection:
    """Return the driver's own connection, which is in the same transaction."""
    return cast("psycopg.Connection", tx.connection.driver_connection)
