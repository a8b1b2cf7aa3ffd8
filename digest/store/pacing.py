"""What sending learns as it goes: how issues begin, why they paused, what relays took today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from digest.store.dialects import insert_into, insert_new
from digest.store.engine import Transaction
from digest.store.schema import issue_pauses, issue_starts, relay_days


@dataclass(frozen=True, slots=True)
class StartCounts:
    """How many of an issue's first messages had which result."""

    accepted: int = 0
    permanent: int = 0
    our_fault: int = 0
    deferred: int = 0


@dataclass(frozen=True, slots=True)
class Pause:
    """Why an issue paused itself."""

    cause: str
    reason: str
    paused_at: datetime
    answered_at: datetime | None
    """``None`` until the operator resumed or cancelled the issue."""


def add_start(tx: Transaction, issue_id: int, audience: str, counts: StartCounts) -> None:
    """Count further first messages of the issue to *audience*."""
    new = insert_into(tx, issue_starts).values(
        issue_id=issue_id,
        audience=audience,
        accepted=counts.accepted,
        permanent=counts.permanent,
        our_fault=counts.our_fault,
        deferred=counts.deferred,
    )
    names = ("accepted", "permanent", "our_fault", "deferred")
    tx.execute(
        new.on_conflict_do_update(
            index_elements=["issue_id", "audience"],
            set_={name: issue_starts.c[name] + new.excluded[name] for name in names},
        )
    )


def start_of(tx: Transaction, issue_id: int, audience: str) -> StartCounts:
    """Return what became of the issue's first messages to *audience* so far."""
    query = select(issue_starts).where(
        issue_starts.c.issue_id == issue_id, issue_starts.c.audience == audience
    )
    row = tx.execute(query).one_or_none()
    if row is None:
        return StartCounts()
    return StartCounts(row.accepted, row.permanent, row.our_fault, row.deferred)


def note_pause(tx: Transaction, issue_id: int, cause: str, reason: str, now: datetime) -> bool:
    """Keep why the issue pauses itself. Return whether it had not done so for that cause before."""
    values = {"issue_id": issue_id, "cause": cause, "reason": reason, "paused_at": now}
    return insert_new(tx, issue_pauses, values)


def answer_pauses(tx: Transaction, issue_id: int, now: datetime) -> int:
    """Note that the operator has dealt with why the issue paused itself. Return how many causes."""
    done = tx.execute(
        update(issue_pauses)
        .where(issue_pauses.c.issue_id == issue_id, issue_pauses.c.answered_at.is_(None))
        .values(answered_at=now)
    )
    return done.rowcount


def pauses_of(tx: Transaction, issue_id: int) -> list[Pause]:
    """Return why the issue paused itself, the first time first."""
    query = select(issue_pauses).where(issue_pauses.c.issue_id == issue_id)
    order = (issue_pauses.c.paused_at, issue_pauses.c.cause)
    return [
        Pause(row.cause, row.reason, row.paused_at, row.answered_at)
        for row in tx.execute(query.order_by(*order))
    ]


def add_messages(tx: Transaction, relay: str, day: str, number: int) -> None:
    """Count *number* further messages that the relay took on *day*."""
    new = insert_into(tx, relay_days).values(relay=relay, day=day, messages=number)
    tx.execute(
        new.on_conflict_do_update(
            index_elements=["relay", "day"],
            set_={"messages": relay_days.c.messages + new.excluded.messages},
        )
    )


def messages_on(tx: Transaction, relay: str, day: str) -> int:
    """Return how many messages the relay was noted to have taken on *day*."""
    query = select(relay_days.c.messages).where(
        relay_days.c.relay == relay, relay_days.c.day == day
    )
    return tx.execute(query).scalar() or 0
