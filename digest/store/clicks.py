"""Where counted links of issues lead, and how often they were followed; by whom is not known."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import func, insert, select

from digest.store.dialects import insert_into
from digest.store.engine import Transaction
from digest.store.schema import issue_clicks, issue_links, issues

Link = tuple[int, int]
"""The issue's id, and the article's sequence number."""


def add_links(tx: Transaction, issue_id: int, urls: Mapping[int, str]) -> None:
    """Write where the links of an issue lead: the URL of each article by its sequence number."""
    rows = [
        {"issue_id": issue_id, "article_id": number, "url": url} for number, url in urls.items()
    ]
    if rows:
        tx.execute(insert(issue_links), rows)


def target(tx: Transaction, briefing: str, number: int, article: int) -> tuple[int, str] | None:
    """Return the issue's id and where its link to *article* leads; ``None``: it has no such link.

    *number* is the issue's, in *briefing*; *article* is a sequence number.
    """
    query = (
        select(issue_links.c.issue_id, issue_links.c.url)
        .join(issues, issues.c.id == issue_links.c.issue_id)
        .where(
            issues.c.briefing == briefing,
            issues.c.number == number,
            issue_links.c.article_id == article,
        )
    )
    row = tx.execute(query).one_or_none()
    return (row.issue_id, row.url) if row else None


def targets_of(tx: Transaction, issue_id: int) -> tuple[str, ...]:
    """Return where the counted links of an issue lead; none: its links are not counted."""
    query = select(issue_links.c.url).where(issue_links.c.issue_id == issue_id)
    return tuple(tx.execute(query.order_by(issue_links.c.article_id)).scalars())


def count(tx: Transaction, day: str, clicks: Mapping[Link, int]) -> None:
    """Count *clicks* on *day* ("2026-11-24")."""
    if not clicks:
        return
    statement = insert_into(tx, issue_clicks)
    statement = statement.on_conflict_do_update(
        index_elements=["issue_id", "article_id", "day"],
        set_={"clicks": issue_clicks.c.clicks + statement.excluded.clicks},
    )
    rows = [
        {"issue_id": issue_id, "article_id": article, "day": day, "clicks": number}
        for (issue_id, article), number in clicks.items()
    ]
    tx.execute(statement, rows)


def counts_of(tx: Transaction, issue_id: int) -> dict[int, int] | None:
    """Return how often each article of an issue was opened, by its sequence number.

    Articles that nobody opened are in it too. ``None``: the issue's links are not counted.
    """
    total = func.coalesce(func.sum(issue_clicks.c.clicks), 0)
    same = (issue_clicks.c.issue_id == issue_links.c.issue_id) & (
        issue_clicks.c.article_id == issue_links.c.article_id
    )
    query = (
        select(issue_links.c.article_id, total)
        .outerjoin(issue_clicks, same)
        .where(issue_links.c.issue_id == issue_id)
        .group_by(issue_links.c.article_id)
        .order_by(total.desc(), issue_links.c.article_id)
    )
    found = {row[0]: int(row[1]) for row in tx.execute(query)}
    return found or None
