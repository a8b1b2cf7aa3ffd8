"""Which articles stand in which feed, and the reason for each that does not. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from digest.config import FeedConfig
from digest.model import Listed
from digest.selection.matching import hidden, newest_first, speaks, unmatched


def feed_reason(article: Listed, feed: FeedConfig, now: datetime) -> str:
    """Return why *article* is not for *feed* at *now*; empty when it is.

    Whether newer articles push it off the end of the feed is not asked here.
    """
    return hidden(article, now) or feed_mismatch(article, feed)


def feed_mismatch(article: Listed, feed: FeedConfig) -> str:
    """Return why *article* is not of the kind that *feed* has, whatever the time; empty if it is.

    A feed of issues has no articles of its own.
    """
    if feed.kind == "issues":
        return "the feed has issues, not articles"
    if feed.pinned and not article.pinned:
        return "is not pinned"
    return unmatched(article, feed.topics, feed.exclude_topics, feed.sources) or _unlike(
        article, feed
    )


def _unlike(article: Listed, feed: FeedConfig) -> str:
    names = {name.casefold() for name in article.authors}
    if feed.authors and not names & {name.casefold() for name in feed.authors}:
        return f"is by none of {', '.join(feed.authors)}"
    if feed.languages and not any(speaks(article.language, tag) for tag in feed.languages):
        return f"is in {article.language}, not in {', '.join(feed.languages)}"
    return ""


class Standing(Protocol):
    """An article as far as its staying in a feed goes."""

    @property
    def sequence(self) -> int:
        """Order of first sight."""
        ...

    @property
    def published_at(self) -> datetime:
        """When it came out."""
        ...

    @property
    def updated_at(self) -> datetime:
        """When it last changed; :attr:`published_at` as long as it did not."""
        ...

    @property
    def withdrawn_at(self) -> datetime | None:
        """``None`` while published."""
        ...


CHANGE_DAYS = 7
"""How long a feed shows an article that changed after newer ones took its place: readers look at
least once a week."""

StandingT = TypeVar("StandingT", bound=Standing)


def leaving(articles: Iterable[StandingT], feed: FeedConfig, now: datetime) -> list[StandingT]:
    """Return which of *articles* leave the current document of *feed*, the oldest first.

    As many as fill archive documents: the rest stands until there are enough. Withdrawn ones take
    no room and are not among them. Which are the newest goes by when they were published: to
    correct old articles pushes no news out. Those that were changed lately stand beside the newest,
    as many at most, so that readers get to see the change.
    """
    standing = [article for article in articles if article.withdrawn_at is None]
    if len(standing) - feed.entries < feed.page_entries:
        return []
    standing.sort(key=lambda article: (article.published_at, article.sequence))
    older = standing[: -feed.entries]
    if feed.min_days:
        since = now - timedelta(days=feed.min_days)
        older = [article for article in older if article.published_at < since]
    changed = _changed_lately(older, feed, now)
    old = [article for article in older if article.sequence not in changed]
    return old[: len(old) - len(old) % feed.page_entries]


def _changed_lately(articles: Iterable[Standing], feed: FeedConfig, now: datetime) -> set[int]:
    """Return the numbers of those of *articles* that changed last, no more than *feed* holds."""
    since = now - timedelta(days=CHANGE_DAYS)
    changed = [item for item in articles if item.updated_at > max(item.published_at, since)]
    changed.sort(key=lambda item: (item.updated_at, item.sequence), reverse=True)
    return {item.sequence for item in changed[: feed.entries]}


def select_feed(articles: Iterable[Listed], feed: FeedConfig, now: datetime) -> list[Listed]:
    """Return the articles that the current document of *feed* holds, newest first."""
    chosen = [article for article in articles if not feed_reason(article, feed, now)]
    gone = {article.sequence for article in leaving(chosen, feed, now)}
    return list(newest_first(article for article in chosen if article.sequence not in gone))
