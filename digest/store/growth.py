"""How many came and went, by day: read off the record of consent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, String, cast, func, select

from digest.model import SubscriptionState
from digest.store.engine import Transaction
from digest.store.schema import consents

_DAY_CHARACTERS = 10


@dataclass(frozen=True, slots=True)
class DayOfChange:
    """What happened to a briefing's subscriptions on one day."""

    day: str
    """In UTC, ``2026-11-24``."""

    briefing: str
    joined: int
    """Subscriptions that were confirmed, and were not before."""

    left: int
    """Subscriptions that were confirmed, and were not any more afterwards."""


def changes(tx: Transaction, since: datetime) -> list[DayOfChange]:
    """Return the days since then on which anybody came or went, oldest first, by briefing.

    Reads the events since then, and for each the one before it of the same subscription.
    """
    before = consents.alias()
    earlier = (
        select(before.c.state)
        .where(
            before.c.subscriber_id == consents.c.subscriber_id,
            before.c.briefing == consents.c.briefing,
            before.c.id < consents.c.id,
        )
        .order_by(before.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    day = _day_of(tx).label("day")
    moved = (
        select(
            day,
            consents.c.briefing,
            (consents.c.state == SubscriptionState.CONFIRMED).label("is_confirmed"),
            (func.coalesce(earlier, "") == SubscriptionState.CONFIRMED).label("was_confirmed"),
        )
        .where(consents.c.at >= since, consents.c.briefing != "")
        .subquery()
    )
    joined = moved.c.is_confirmed & ~moved.c.was_confirmed
    left = ~moved.c.is_confirmed & moved.c.was_confirmed
    query = (
        select(
            moved.c.day,
            moved.c.briefing,
            func.count().filter(joined).label("joined"),
            func.count().filter(left).label("left"),
        )
        .where(joined | left)
        .group_by(moved.c.day, moved.c.briefing)
        .order_by(moved.c.day, moved.c.briefing)
    )
    return [DayOfChange(**row._asdict()) for row in tx.execute(query)]


def _day_of(tx: Transaction) -> ColumnElement[str]:
    if tx.dialect.name == "sqlite":
        return func.substr(cast(consents.c.at, String), 1, _DAY_CHARACTERS)
    return func.to_char(func.timezone("UTC", consents.c.at), "YYYY-MM-DD")
