"""Report: why an article is where it is, and what is coming. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from digest import schedule, selection
from digest.config import Config
from digest.errors import NotFoundError
from digest.model import Article, Listed
from digest.store import articles as stored
from digest.store import issues
from digest.store.engine import Store, Transaction
from digest.store.issues import ArticleInIssue


@dataclass(frozen=True, slots=True)
class FeedStanding:
    """Whether an article stands in a feed."""

    feed: str
    position: int | None
    """From 1, newest first; ``None`` when it is not in the feed."""

    reason: str = ""
    """Why it is not."""


@dataclass(frozen=True, slots=True)
class BriefingStanding:
    """Whether an article was, will be, or will not be in an issue of a briefing."""

    briefing: str
    mailed: ArticleInIssue | None
    """The issue that had it; ``None`` when none had."""

    next_role: str = ""
    """``lead``, ``section``, ``more``, or ``waiting`` if it would be in, or held over from, the
    next issue; empty when it would not."""

    reason: str = ""
    """Why it would not."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Where an article is, and why."""

    article: Article
    path: str
    feeds: tuple[FeedStanding, ...]
    briefings: tuple[BriefingStanding, ...]


@dataclass(frozen=True, slots=True)
class Upcoming:
    """A coming occurrence."""

    briefing: str
    period: str
    due_at: datetime
    timezone: str
    """The briefing's zone."""

    waiting: tuple[Listed, ...]
    """Articles that would be in it by now; only for the briefing's first one."""


def explain(store: Store, config: Config, reference: str, *, now: datetime) -> Explanation:
    """Return where the article called *reference* is and why.

    *reference* is a slug, a uid, or the path of the article's file in its source's folder.

    Raises:
        NotFoundError: if there is no such article; the error names close ones.
    """
    with store.read() as tx:
        known = stored.known(tx)
        wanted = [k for k in known if reference and reference in {k.slug, k.uid, k.path}]
        if not wanted:
            near = [k.slug for k in known if reference.casefold() in k.slug]
            raise NotFoundError("article", reference, near[:10])
        item = wanted[0]
        listed = stored.list_all(tx)
        own = next(entry for entry in listed if entry.sequence == item.sequence)
        return Explanation(
            article=stored.load(tx, [item.sequence])[0],
            path=item.path,
            feeds=tuple(_in_feed(name, own, listed, config, now) for name in config.feeds),
            briefings=tuple(
                _in_briefing(tx, name, own, listed, config, now) for name in config.briefings
            ),
        )


def upcoming(store: Store, config: Config, *, now: datetime, days: int) -> tuple[Upcoming, ...]:
    """Return the occurrences of the next *days* days, in the order they fall due."""
    found = []
    with store.read() as tx:
        listed = stored.list_all(tx)
        for name, briefing in config.briefings.items():
            used = issues.used_articles(tx, name)
            until = now + timedelta(days=days)
            coming = schedule.occurrences_between(config.schedule_of(name), now, until)
            waiting: tuple[Listed, ...] | None = None
            for period, due_at in coming:
                # What is there now would be in the first; what later ones have is not known yet.
                if waiting is None:
                    waiting = selection.plan_issue(listed, briefing, used, due_at).articles
                else:
                    waiting = ()
                found.append(Upcoming(name, period, due_at, briefing.timezone, waiting))
    return tuple(sorted(found, key=lambda item: (item.due_at, item.briefing)))


def _in_feed(
    name: str, own: Listed, listed: Sequence[Listed], config: Config, now: datetime
) -> FeedStanding:
    feed = config.feeds[name]
    reason = selection.feed_reason(own, feed, now)
    if reason:
        return FeedStanding(name, None, reason)
    standing = [item.sequence for item in selection.select_feed(listed, feed, now)]
    if own.sequence not in standing:
        where = "; this one is in its archive" if feed.archive else ""
        reason = f"{feed.entries} newer articles fill the feed (entries){where}"
        return FeedStanding(name, None, reason)
    return FeedStanding(name, standing.index(own.sequence) + 1)


def _in_briefing(
    tx: Transaction,
    name: str,
    own: Listed,
    listed: Sequence[Listed],
    config: Config,
    now: datetime,
) -> BriefingStanding:
    mailed = [item for item in issues.issues_with(tx, own.sequence) if item.briefing == name]
    if mailed:
        return BriefingStanding(name, mailed[0])
    plan = selection.plan_issue(listed, config.briefings[name], issues.used_articles(tx, name), now)
    if own.sequence in plan.left_out:
        return BriefingStanding(name, None, reason=plan.left_out[own.sequence])
    if own in plan.waiting:
        return BriefingStanding(name, None, "waiting", "held over: there is no more room")
    if own in plan.more:
        return BriefingStanding(name, None, "more")
    return BriefingStanding(name, None, "lead" if plan.lead == own else "section")
