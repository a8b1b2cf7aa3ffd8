"""Counts for whoever watches the service: how many of what, in which state."""

from __future__ import annotations

from sqlalchemy import func, select

from digest.store.engine import Transaction
from digest.store.schema import alerts, articles, deliveries, issues, subscriptions


def articles_by_state(tx: Transaction) -> dict[str, int]:
    """Return how many articles are ``published`` (embargoed ones too) and ``withdrawn``."""
    row = tx.execute(
        select(func.count(), func.count(articles.c.withdrawn_at)).select_from(articles)
    ).one()
    return {"published": row[0] - row[1], "withdrawn": row[1]}


def subscriptions_by_state(tx: Transaction) -> dict[tuple[str, str], int]:
    """Return how many subscriptions there are by briefing and state."""
    query = (
        select(subscriptions.c.briefing, subscriptions.c.state, func.count())
        .where(subscriptions.c.briefing != "")  # see gaps.py
        .group_by(subscriptions.c.briefing, subscriptions.c.state)
    )
    return {(briefing, state): count for briefing, state, count in tx.execute(query)}


def issues_by_state(tx: Transaction) -> dict[tuple[str, str], int]:
    """Return how many issues there are by briefing and state."""
    query = select(issues.c.briefing, issues.c.state, func.count()).group_by(
        issues.c.briefing, issues.c.state
    )
    return {(briefing, state): count for briefing, state, count in tx.execute(query)}


def deliveries_by_state(tx: Transaction, after: int) -> dict[str, int]:
    """Return how many deliveries of the issues with ids above *after* there are by state."""
    query = (
        select(deliveries.c.state, func.count())
        .where(deliveries.c.issue_id > after)
        .group_by(deliveries.c.state)
    )
    return {row[0]: row[1] for row in tx.execute(query)}


def open_alerts(tx: Transaction) -> int:
    """Return how many alerts are up."""
    query = select(func.count()).select_from(alerts).where(alerts.c.cleared_at.is_(None))
    return int(tx.execute(query).scalar_one())
