"""What the site asks of the database: has anything changed, where were articles, which issues."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select

from digest.model import Issue, IssueState
from digest.store.engine import Transaction
from digest.store.issues import in_states
from digest.store.schema import articles, issues, metadata, revisions, variants

SHOWN = (IssueState.SENDING, IssueState.PAUSED, IssueState.FINISHED)
"""States of issues that readers may see: mails of them are out, or nothing is left to send."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where articles are, and where they ever were."""

    now: Mapping[int, str]
    """Sequence number → URL."""

    ever: Mapping[str, int]
    """URL → sequence number; of articles that shared one, the one that had it last."""


def addresses(tx: Transaction) -> Addresses:
    """Return the URLs of all articles, the withdrawn ones included."""
    query = (
        select(revisions.c.url, revisions.c.article_id, func.max(revisions.c.revision).label("at"))
        .group_by(revisions.c.url, revisions.c.article_id)
        .order_by(func.max(revisions.c.seen_at), revisions.c.article_id)
    )
    ever: dict[str, int] = {}
    newest: dict[int, tuple[int, str]] = {}
    for row in tx.execute(query):
        ever[row.url] = row.article_id
        newest[row.article_id] = max(newest.get(row.article_id, (0, "")), (row.at, row.url))
    return Addresses({sequence: url for sequence, (_, url) in newest.items()}, ever)


def stamp(tx: Transaction) -> str:
    """Return a text that is another one whenever anything changed that the site shows.

    Reads one row an article and an issue, and no content.
    """
    of_articles = tx.execute(
        select(
            func.count(),
            func.sum(articles.c.revision),
            func.count(articles.c.withdrawn_at),
            func.max(articles.c.withdrawn_at),
            func.count(articles.c.slug),
            func.max(articles.c.id),
        ).select_from(articles)
    ).one()
    of_issues = tx.execute(
        select(issues.c.state, func.count(), func.max(issues.c.id))
        .group_by(issues.c.state)
        .order_by(issues.c.state)
    ).all()
    return repr((tuple(of_articles), [tuple(row) for row in of_issues]))


def shown_issues(tx: Transaction) -> list[Issue]:
    """Return the issues that readers may see, newest first."""
    return in_states(tx, SHOWN)[::-1]


def issue_html(tx: Transaction, issue_id: int) -> str | None:
    """Return the frozen HTML of the issue's first variant; ``None`` when it has none."""
    query = select(variants.c.html).where(variants.c.issue_id == issue_id).order_by(variants.c.id)
    html: str | None = tx.execute(query.limit(1)).scalar_one_or_none()
    return html


def columns() -> dict[str, tuple[str, ...]]:
    """Return the names of all columns of this database by table: for what is said of privacy."""
    return {table.name: tuple(table.columns.keys()) for table in metadata.sorted_tables}
