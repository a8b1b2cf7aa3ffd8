"""Which articles stand in which feed and issue, and the reason for each that does not.

Pure: takes values and the time, returns values. The same functions decide and explain, so that what
``digest explain`` says is what happens.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from digest.config import BriefingConfig, FeedConfig
from digest.model import Listed


def feed_reason(article: Listed, feed: FeedConfig, now: datetime) -> str:
    """Return why *article* is not for *feed* at *now*; empty when it is.

    Whether newer articles push it off the end of the feed is not asked here.
    """
    return _hidden(article, now) or feed_mismatch(article, feed)


def feed_mismatch(article: Listed, feed: FeedConfig) -> str:
    """Return why *article* is not of the kind that *feed* has, whatever the time; empty if it is.

    A feed of issues has no articles of its own.
    """
    if feed.kind == "issues":
        return "the feed has issues, not articles"
    if feed.pinned and not article.pinned:
        return "is not pinned"
    return _unmatched(article, feed.topics, feed.exclude_topics, feed.sources) or _unlike(
        article, feed
    )


def _unlike(article: Listed, feed: FeedConfig) -> str:
    names = {name.casefold() for name in article.authors}
    if feed.authors and not names & {name.casefold() for name in feed.authors}:
        return f"is by none of {', '.join(feed.authors)}"
    if feed.languages and not any(_speaks(article.language, tag) for tag in feed.languages):
        return f"is in {article.language}, not in {', '.join(feed.languages)}"
    return ""


def _speaks(language: str, wanted: str) -> bool:
    """Tell whether *language* is *wanted* or a kind of it (RFC 4647, section 3.3.1)."""
    return f"{language}-".casefold().startswith(f"{wanted}-".casefold())


class Standing(Protocol):
    """An article as far as its staying in a feed goes."""

    @property
    def sequence(self) -> int:
        """Order of first sight."""
        ...

    @property
    def updated_at(self) -> datetime:
        """When it last changed."""
        ...

    @property
    def withdrawn_at(self) -> datetime | None:
        """``None`` while published."""
        ...


StandingT = TypeVar("StandingT", bound=Standing)


def leaving(articles: Iterable[StandingT], feed: FeedConfig, now: datetime) -> list[StandingT]:
    """Return which of *articles* leave the current document of *feed*, the oldest first.

    As many as fill archive documents: the rest stands until there are enough. Withdrawn ones take
    no room and are not among them. What was changed lately counts as new.
    """
    standing = [article for article in articles if article.withdrawn_at is None]
    too_many = len(standing) - feed.entries
    if too_many < feed.page_entries:
        return []
    since = now - timedelta(days=feed.min_days)
    old = [article for article in standing if not feed.min_days or article.updated_at < since]
    old.sort(key=lambda article: (article.updated_at, article.sequence))
    count = min(len(old), too_many)
    return old[: count - count % feed.page_entries]


def select_feed(articles: Iterable[Listed], feed: FeedConfig, now: datetime) -> list[Listed]:
    """Return the articles that the current document of *feed* holds, newest first."""
    chosen = [article for article in articles if not feed_reason(article, feed, now)]
    gone = {article.sequence for article in leaving(chosen, feed, now)}
    return list(_newest_first(article for article in chosen if article.sequence not in gone))


@dataclass(frozen=True, slots=True)
class IssuePlan:
    """Which articles an issue would have, and why the others are not in it."""

    lead: Listed | None
    sections: tuple[tuple[str, tuple[Listed, ...]], ...]
    """Topic and articles; an empty topic is for articles without one."""

    more: tuple[Listed, ...]
    """As headlines only."""

    waiting: tuple[Listed, ...]
    """Held over to the next issue: there was no room."""

    left_out: dict[int, str]
    """Sequence number → why the article is not for this issue."""

    @property
    def articles(self) -> tuple[Listed, ...]:
        """Every article of the issue once, in reading order."""
        lead = (self.lead,) if self.lead else ()
        return (*lead, *(item for _, items in self.sections for item in items), *self.more)


def plan_issue(
    articles: Sequence[Listed], briefing: BriefingConfig, used: Collection[int], now: datetime
) -> IssuePlan:
    """Return what the briefing's next issue would have at *now*.

    Room is given in the order of first sight, pinned articles before others, so that no article is
    overtaken for ever; within the issue the newest stand first.

    Args:
        articles: All articles.
        briefing: The briefing's settings.
        used: Sequence numbers of articles that earlier issues of the briefing had.
        now: When the issue is composed.
    """
    left_out: dict[int, str] = {}
    candidates = []
    for article in articles:
        reason = briefing_reason(article, briefing, used, now)
        if reason:
            left_out[article.sequence] = reason
        else:
            candidates.append(article)
    candidates.sort(key=lambda article: (not article.pinned, article.sequence))
    room, beyond = candidates[: briefing.max_articles], candidates[briefing.max_articles :]
    more, waiting = beyond[: briefing.headlines], beyond[briefing.headlines :]
    lead = _lead(room, briefing.lead)
    return IssuePlan(
        lead=lead,
        sections=_sections([item for item in room if item is not lead], briefing.sections),
        more=_newest_first(more),
        waiting=tuple(waiting),
        left_out=left_out,
    )


def briefing_reason(
    article: Listed, briefing: BriefingConfig, used: Collection[int], now: datetime
) -> str:
    """Return why *article* is not a candidate for the briefing's next issue; empty when it is."""
    if article.sequence in used:
        return "was in an earlier issue"
    hidden = _hidden(article, now)
    if hidden:
        return hidden
    if briefing.max_age is not None and article.published_at < now - briefing.max_age:
        return (
            f"published more than {briefing.max_age_days} days ago (max_age_days): "
            "in the feeds, not mailed"
        )
    return _unmatched(article, briefing.topics, briefing.exclude_topics, briefing.sources)


def _hidden(article: Listed, now: datetime) -> str:
    if article.withdrawn_at is not None:
        return "withdrawn"
    if article.published_at > now:
        return f"embargoed until {article.published_at:%Y-%m-%d %H:%M} UTC"
    return ""


def _unmatched(
    article: Listed, topics: Sequence[str], excluded: Sequence[str], sources: Sequence[str]
) -> str:
    own = {topic.casefold() for topic in article.topics}
    if topics and not own & {topic.casefold() for topic in topics}:
        return f"has none of the topics {', '.join(topics)}"
    banned = [topic for topic in excluded if topic.casefold() in own]
    if banned:
        return f"has the excluded topic {banned[0]}"
    if sources and article.source not in sources:
        return f"comes from {article.source}, not from {', '.join(sources)}"
    return ""


def _lead(articles: Sequence[Listed], how: str) -> Listed | None:
    if how == "none" or not articles:
        return None
    pinned = [article for article in articles if article.pinned] if how == "pinned" else []
    return _newest_first(pinned or articles)[0]


def _sections(
    articles: Sequence[Listed], order: Sequence[str]
) -> tuple[tuple[str, tuple[Listed, ...]], ...]:
    """Part articles by topic: each under the first section in *order* that it has, else its own."""
    wanted = {topic.casefold(): topic for topic in order}
    groups: dict[str, list[Listed]] = {topic: [] for topic in order}
    titles: dict[str, str] = {}
    for article in _newest_first(articles):
        own = {topic.casefold() for topic in article.topics}
        matching = [topic for key, topic in wanted.items() if key in own]
        first = article.topics[0] if article.topics else ""
        title = matching[0] if matching else titles.setdefault(first.casefold(), first)
        groups.setdefault(title, []).append(article)
    nameless = groups.pop("", [])
    parted = [(topic, tuple(items)) for topic, items in groups.items() if items]
    if nameless:
        parted.append(("", tuple(nameless)))
    return tuple(parted)


def _newest_first(articles: Iterable[Listed]) -> tuple[Listed, ...]:
    return tuple(
        sorted(articles, key=lambda item: (item.published_at, item.sequence), reverse=True)
    )
