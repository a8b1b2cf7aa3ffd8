"""Feeds of issues: a briefing as a feed, each issue an entry that says what is in it.

Nothing in an entry is a person's: it is made of the issue's articles as they were frozen, not of
the mail that readers got.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from digest.config import Config, FeedConfig
from digest.model import Article, Author, Issue, IssueState
from digest.store import articles as stored
from digest.store import issues as kept
from digest.store.engine import Transaction
from digest.store.feeds import Page

PUBLIC = (IssueState.SENDING, IssueState.PAUSED, IssueState.FINISHED)
"""Not what waits for an editor's word, and not what was cancelled."""

_ALL = 1_000_000


def issues_of(tx: Transaction, feed: FeedConfig) -> list[Issue]:
    """Return the issues that a feed of them has, the oldest first."""
    found = kept.list_issues(tx, feed.briefing, limit=_ALL)
    return sorted(
        (issue for issue in found if issue.state in PUBLIC), key=lambda issue: issue.number
    )


def part(
    issues: Sequence[Issue], feed: FeedConfig
) -> tuple[list[Issue], list[tuple[Page, list[Issue]]]]:
    """Return what stands in the current document and what in each archive document.

    An archive document has a fixed range of numbers, so that it never changes: a number that is
    cancelled leaves a gap.
    """
    size = feed.page_entries
    room = max((issue.number for issue in issues), default=0) - feed.entries
    last = max(room, 0) // size if feed.archive else 0
    current = [issue for issue in issues if issue.number > last * size]
    if not feed.archive:
        current = current[-feed.entries :]
    pages = []
    for number in range(1, last + 1):
        numbers = range((number - 1) * size + 1, number * size + 1)
        inside = [issue for issue in issues if issue.number in numbers]
        # Moves when one is taken back; it only ever gets smaller.
        pages.append((Page(number, len(inside), number < last), inside))
    return current[::-1], pages


def as_article(tx: Transaction, config: Config, issue: Issue) -> Article:
    """Return *issue* as what an entry is made of."""
    placed = kept.articles_of(tx, issue.id)
    articles = stored.load_frozen(tx, [(item.sequence, item.revision) for item in placed])
    briefing = config.briefing(issue.briefing)
    titles = [article.title for article in articles]
    return Article(
        uid=f"{config.publication.id}:issue/{issue.briefing}/{issue.number}",
        slug=f"{issue.briefing}-{issue.number}",
        title=issue.subject,
        url=f"{config.web.url}issues/{issue.briefing}/{issue.number}",
        summary=" · ".join(titles) or issue.subject,
        content_html="\n".join(_told(article) for article in articles),
        content_text="\n\n".join(f"{item.title}\n{item.summary}" for item in articles),
        published_at=issue.composed_at,
        updated_at=issue.composed_at,
        language=briefing.language,
        authors=(Author(briefing.from_name),),
        sequence=issue.id,
    )


def _told(article: Article) -> str:
    title, url = escape(article.title), escape(article.url)
    correction = f"<p><em>{escape(article.correction)}</em></p>" if article.correction else ""
    return f'<h3><a href="{url}">{title}</a></h3>\n<p>{escape(article.summary)}</p>{correction}'
