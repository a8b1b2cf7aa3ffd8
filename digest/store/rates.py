"""How much of what was sent came back: by issue, relay, and domain."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select

from digest.model import DeliveryState
from digest.store.engine import Transaction
from digest.store.schema import deliveries, feedback_reports, issues


@dataclass(frozen=True, slots=True)
class Rate:
    """What came back of some messages."""

    name: str
    """An issue like ``daily/12``, a relay, or a domain."""

    accepted: int
    """Messages that were taken."""

    bounced: int
    """Of these, whose failure was reported later: people, not reports."""

    complained: int

    @property
    def bounce_percent(self) -> float:
        """Of a hundred that were taken, how many bounced; 0 of none."""
        return 100 * self.bounced / self.accepted if self.accepted else 0.0

    @property
    def complaint_percent(self) -> float:
        """Of a hundred that were taken, how many readers called spam; 0 of none."""
        return 100 * self.complained / self.accepted if self.accepted else 0.0


PROVED = feedback_reports.c.proof != ""
LATER = feedback_reports.c.source != "reply"
"""What a relay refused while we sent was never taken."""


def overall(tx: Transaction, since: datetime) -> Rate:
    """Return the rate over all issues composed since then."""
    taken = _accepted(tx, issues.c.composed_at >= since)
    return Rate("all", taken, *_reported(tx, issues.c.composed_at >= since))


def by_issue(tx: Transaction, since: datetime, limit: int = 20) -> list[Rate]:
    """Return the rates of the issues composed since then, newest first."""
    query = (
        select(issues.c.id, issues.c.briefing, issues.c.number)
        .where(issues.c.composed_at >= since)
        .order_by(issues.c.id.desc())
        .limit(limit)
    )
    return [of_issue(tx, row.id, f"{row.briefing}/{row.number}") for row in tx.execute(query).all()]


def of_issue(tx: Transaction, issue_id: int, name: str = "") -> Rate:
    """Return the rate of one issue, which people call *name*."""
    which = issues.c.id == issue_id
    return Rate(name, _accepted(tx, which), *_reported(tx, which))


def by_relay(tx: Transaction, since: datetime) -> list[Rate]:
    """Return the rates of relays, over the issues composed since then."""
    query = select(issues.c.relay).where(issues.c.composed_at >= since).distinct()
    names = sorted(tx.execute(query).scalars())
    rates = []
    for name in names:
        which = (issues.c.composed_at >= since) & (issues.c.relay == name)
        rates.append(Rate(name, _accepted(tx, which), *_reported(tx, which)))
    return rates


def by_domain(tx: Transaction, since: datetime, limit: int = 20) -> list[Rate]:
    """Return the rates of the recipients' domains that reported most since then."""
    number = func.count()
    query = (
        select(feedback_reports.c.domain, number)
        .join(issues, issues.c.id == feedback_reports.c.issue_id)
        .where(PROVED, LATER, feedback_reports.c.domain != "", issues.c.composed_at >= since)
        .group_by(feedback_reports.c.domain)
        .order_by(number.desc(), feedback_reports.c.domain)
        .limit(limit)
    )
    rates = []
    for domain in tx.execute(query).scalars().all():
        at_domain = func.lower(deliveries.c.email).endswith(f"@{domain}", autoescape=True)
        taken = _accepted(tx, (issues.c.composed_at >= since) & at_domain)
        which = (issues.c.composed_at >= since) & (feedback_reports.c.domain == domain)
        rates.append(Rate(domain, taken, *_reported(tx, which)))
    return rates


def _accepted(tx: Transaction, which: ColumnElement[bool]) -> int:
    query = (
        select(func.count())
        .select_from(deliveries)
        .join(issues, issues.c.id == deliveries.c.issue_id)
        .where(which, deliveries.c.state == DeliveryState.ACCEPTED)
    )
    return int(tx.execute(query).scalar_one())


def _reported(tx: Transaction, which: ColumnElement[bool]) -> tuple[int, int]:
    """Return how many messages bounced and were complained of, each counted once."""
    messages: Any = (
        select(
            feedback_reports.c.sort, feedback_reports.c.issue_id, feedback_reports.c.subscriber_id
        )
        .join(issues, issues.c.id == feedback_reports.c.issue_id)
        .where(which, PROVED, LATER, feedback_reports.c.sort.in_(["bounce", "complaint"]))
        .distinct()
        .subquery()
    )
    query = select(messages.c.sort, func.count()).group_by(messages.c.sort)
    counts = {row[0]: int(row[1]) for row in tx.execute(query)}
    return counts.get("bounce", 0), counts.get("complaint", 0)
