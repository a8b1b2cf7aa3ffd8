"""What readers chose about their mails, and where they want them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, or_, select, update

from digest.model import Cadence, MailFormat
from digest.store.audience import changed_cadence
from digest.store.engine import Transaction
from digest.store.schema import issues, subscribers, subscriptions


def set_person(
    tx: Transaction, subscriber_id: int, *, language: str, timezone: str, mail_format: MailFormat
) -> None:
    """Set how a person is spoken to; empty language and time zone: the briefing's."""
    tx.execute(
        update(subscribers)
        .where(subscribers.c.id == subscriber_id)
        .values(language=language, timezone=timezone, format=mail_format)
    )


def set_subscription(
    tx: Transaction,
    subscription_id: int,
    *,
    topics: tuple[str, ...],
    cadence: Cadence,
    paused_until: datetime | None,
    now: datetime,
) -> None:
    """Set what a person wants of one briefing from *now* on, and when."""
    tx.execute(
        update(subscriptions)
        .where(subscriptions.c.id == subscription_id)
        .values(topics=list(topics), paused_until=paused_until, **changed_cadence(cadence, now))
    )


def set_address(
    tx: Transaction, subscriber_id: int, email: str, email_key: str, address_hash: str
) -> None:
    """Move a person to another address. Deliveries that are frozen already keep the old one.

    Raises:
        IntegrityError: if somebody has that address.
    """
    tx.execute(
        update(subscribers)
        .where(subscribers.c.id == subscriber_id)
        .values(email=email, email_key=email_key, address_hash=address_hash)
    )


def is_not_paused(issue_id: int) -> ColumnElement[bool]:
    """Return the condition that a subscription takes the issue: it was not paused when composed."""
    composed_at = select(issues.c.composed_at).where(issues.c.id == issue_id).scalar_subquery()
    return or_(subscriptions.c.paused_until.is_(None), subscriptions.c.paused_until <= composed_at)
