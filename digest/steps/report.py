"""Report: why an article is where it is, and what is coming. Reads only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from digest import schedule, selection
from digest.config import Config, FeedConfig
from digest.model import Article, Cadence, Listed
from digest.planning import Material, Sorter, article_called, cadences_of, due_by_zone, read
from digest.planning.waiting import made_for, why_not_out
from digest.rendering.fit import Fitting
from digest.rendering.phrases import PHRASES
from digest.store import articles as stored
from digest.store import audience, issues
from digest.store import feeds as placed
from digest.store.engine import Store, Transaction
from digest.store.feeds import Held
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
    """``lead``, ``section``, ``more``, ``also`` (beside another one), or ``waiting`` if it would be
    in, or held over from, the next issue; empty when it would not."""

    reason: str = ""
    """Why it would not; or what is to be known of its being there."""

    weekly: ArticleInIssue | None = None
    """The issue that those who want one a week had it in; ``None`` when none had."""

    readers: int | None = None
    """How many confirmed readers would get it, by what they chose; ``None`` unless it would be
    in, and when there are none at all."""

    absent: int = 0
    """How many would not: other topics, another language, or a pause."""

    waits: str = ""
    """What the issue that has it waits for; empty: it is out, or on its way."""

    fitting: str = ""
    """How the whole issue shows it so that Gmail shows all: ``as a headline``; empty: as usual."""


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
    """Articles that would be in it by now; only for the first one of its kind."""

    cadence: Cadence = Cadence.EACH
    """For whom it is."""

    until: datetime | None = None
    """When the last readers get it, each at their own time; ``None``: all get it at once."""

    reason: str = ""
    """Why there would be no issue by now; only for the first one of its kind."""

    cutoff_at: datetime | None = None
    """When it is made, if that is before it is due."""

    deadline_at: datetime | None = None
    """Until when editors decide; ``None``: they are not asked."""

    default: str = ""
    """What happens if they do not: ``send`` or ``hold``."""

    number: int | None = None
    """Of the issue, if it is made already."""

    waits: str = ""
    """What that one waits for."""


def explain(store: Store, config: Config, reference: str, *, now: datetime) -> Explanation:
    """Return where the article called *reference* is and why.

    *reference* is what :func:`digest.planning.article_called` takes.

    Raises:
        NotFoundError: if there is no such article; the error names close ones.
    """
    with store.read() as tx:
        item = article_called(reference, stored.known(tx), config)
        listed = stored.list_all(tx)
        own = next(entry for entry in listed if entry.sequence == item.sequence)
        return Explanation(
            article=stored.load(tx, [item.sequence])[0],
            path=item.path,
            feeds=tuple(_in_feeds(tx, own, listed, config, now)),
            briefings=tuple(_in_briefing(tx, name, own, config, now) for name in config.briefings),
        )


def upcoming(store: Store, config: Config, *, now: datetime, days: int) -> tuple[Upcoming, ...]:
    """Return the occurrences of the next *days* days, in the order they fall due."""
    found: list[Upcoming] = []
    with store.read() as tx:
        for name, briefing in config.briefings.items():
            for cadence in Cadence if briefing.weekly_on else (Cadence.EACH,):
                found += _coming(tx, config, name, cadence, now, now + timedelta(days=days))
    return tuple(sorted(found, key=lambda item: (item.due_at, item.briefing, item.cadence)))


def _coming(
    tx: Transaction, config: Config, name: str, cadence: Cadence, now: datetime, until: datetime
) -> list[Upcoming]:
    briefing = config.briefings[name]
    plan = config.schedule_of(name, cadence)
    zones: set[str] = set()
    if briefing.send_in == "subscriber":
        zones = audience.zones(tx, name, cadences_of(briefing, cadence)) | {""}
    found: list[Upcoming] = []
    # Where zones differ a date can be due here after it is there.
    start = now - timedelta(days=1) if zones else now
    for period, due_at in schedule.occurrences_between(plan, start, until + (now - start)):
        times = sorted(due_by_zone(plan, date.fromisoformat(period), zones).values()) or [due_at]
        if not now < times[0] <= until:
            continue
        waiting: tuple[Listed, ...] = ()
        reason = ""
        number = period if cadence is Cadence.EACH else f"{period}/weekly"
        made = made_for(tx, name, number, briefing.timezone, now)
        if not made and all(item.number for item in found):
            # What is there now would be in the first; what later ones have is not known yet.
            material = read(tx, config, name, times[0], cadence)
            waiting = material.plan.articles
            reason = _why_none(material, briefing.min_articles)
        last = times[-1] if times[-1] > times[0] else None
        found.append(
            Upcoming(
                name,
                period,
                times[0],
                briefing.timezone,
                waiting,
                cadence,
                last,
                reason,
                cutoff_at=times[0] - briefing.cutoff if briefing.cutoff else None,
                deadline_at=(
                    times[0] - briefing.approval_deadline if briefing.approval_editors else None
                ),
                default=briefing.approval_default if briefing.approval_editors else "",
                number=made[0].number if made else None,
                waits=made[1] if made else "",
            )
        )
    return found


def _why_none(material: Material, least: int) -> str:
    found = len(material.plan.articles)
    if not material.groups:
        return "no confirmed subscribers"
    if found == 0:
        return "no new articles"
    return f"{found} new articles, fewer than min_articles = {least}" if found < least else ""


def _in_feeds(
    tx: Transaction, own: Listed, listed: Sequence[Listed], config: Config, now: datetime
) -> Iterator[FeedStanding]:
    """Yield where the article stands in each feed of the settings, and in which of topics."""
    places = {
        item.feed: item for item in placed.places_of(tx, [own.sequence]).get(own.sequence, ())
    }
    current = placed.current(tx)
    known = placed.states(tx)
    is_placed = own.sequence not in placed.changes(tx).values()
    for name, feed in config.feeds.items():
        reason = selection.feed_reason(own, feed, now)
        if reason:
            yield FeedStanding(name, None, reason)
        elif is_placed and name in known:
            yield _standing(name, own, current.get(name, ()), places.get(name))
        else:
            yield _expected(name, own, listed, feed, now)
    for name, state in known.items():
        if state.topic and name in places and own.withdrawn_at is None:
            yield _standing(name, own, current.get(name, ()), places[name])


def _standing(name: str, own: Listed, current: Sequence[Held], place: Held | None) -> FeedStanding:
    """Return where the article is in a feed that is published."""
    shown = [item.sequence for item in current if item.withdrawn_at is None]
    if own.sequence in shown:
        return FeedStanding(name, shown.index(own.sequence) + 1)
    full = "newer articles fill the feed (entries, min_days, max_bytes)"
    if place is None:
        return FeedStanding(name, None, f"{full}, which has no archive of them")
    return FeedStanding(name, None, f"{full}; this one is in its archive, document {place.page}")


def _expected(
    name: str, own: Listed, listed: Sequence[Listed], feed: FeedConfig, now: datetime
) -> FeedStanding:
    """Return where the article will be in a feed that is not published with it yet."""
    standing = [item.sequence for item in selection.select_feed(listed, feed, now)]
    if own.sequence not in standing:
        where = "; this one is in its archive" if feed.archive else ""
        reason = f"{feed.entries} newer articles fill the feed (entries){where}"
        return FeedStanding(name, None, reason)
    return FeedStanding(name, standing.index(own.sequence) + 1)


def _in_briefing(
    tx: Transaction, name: str, own: Listed, config: Config, now: datetime
) -> BriefingStanding:
    mailed = {
        cadence: next(
            (
                item
                for item in issues.issues_with(tx, own.sequence)
                if item.briefing == name and item.cadence is cadence
            ),
            None,
        )
        for cadence in Cadence
    }
    weekly = mailed[Cadence.WEEKLY]
    if found := mailed[Cadence.EACH]:
        issue = issues.get(tx, found.issue_id)
        zone = config.briefings[name].timezone
        waits = why_not_out(tx, issue, zone, now) if issue else ""
        fitting = next(iter(issues.fittings_of(tx, found.issue_id).values()), "")
        shown = Fitting.from_text(fitting).of(own.sequence)
        return BriefingStanding(name, found, weekly=weekly, waits=waits, fitting=shown)
    material = read(tx, config, name, now)
    role, reason = _role(own, material)
    if role in {"", "waiting"}:
        return BriefingStanding(name, None, role, reason, weekly)
    if not material.groups:
        return BriefingStanding(name, None, role, reason, weekly)
    sorter = Sorter(material.plan, config.briefings[name], PHRASES)
    readers = sum(
        group.readers
        for group in material.groups
        if not group.is_paused and own.sequence in sorter.kind_of(group.choice).keep
    )
    absent = sum(group.readers for group in material.groups) - readers
    return BriefingStanding(name, None, role, reason, weekly, readers, absent)


def _role(own: Listed, material: Material) -> tuple[str, str]:
    """Return where *own* would stand, and why there."""
    plan = material.plan
    if own.sequence in plan.left_out:
        return "", plan.left_out[own.sequence]
    if own in plan.waiting:
        waits = material.desk.waits.get(own.sequence, 0)
        before = f", as in {waits} issues before" if waits else ""
        return "waiting", f"held over: there is no more room{before}"
    for leader in plan.articles:
        if own in plan.beside.get(leader.sequence, ()):
            return "also", f"named with “{leader.title}”, which tells the same story"
    placed = "placed by an editor" if own.sequence in material.desk.arrangement.placed else ""
    if own in plan.more:
        return "more", placed
    return ("lead" if plan.lead == own else "section"), placed
