"""Reading: what an issue is made of, as the database has it at this moment."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from digest import similarity
from digest.config import BriefingConfig, Config
from digest.model import Cadence, Listed, Placement
from digest.planning.variants import Special, wanted_topics
from digest.selection import Arrangement, Desk, IssuePlan, briefing_reason, plan_issue
from digest.selection.matching import hidden
from digest.similarity import Story
from digest.store import articles as stored
from digest.store import audience, editing, issues
from digest.store.audience import Group, Mover
from digest.store.engine import Transaction


@dataclass(frozen=True, slots=True)
class Material:
    """What the next issue is planned from, and the plan."""

    cadence: Cadence
    listed: tuple[Listed, ...]
    """All articles."""

    used: frozenset[int]
    desk: Desk
    groups: tuple[Group, ...]
    """What the confirmed readers chose, the most first."""

    plan: IssuePlan


def cadences_of(briefing: BriefingConfig, cadence: Cadence) -> tuple[Cadence, ...]:
    """Return which readers get an issue made for *cadence*: all where weekly ones are not made."""
    return (cadence,) if briefing.weekly_on else tuple(Cadence)


def read(
    tx: Transaction,
    config: Config,
    name: str,
    now: datetime,
    cadence: Cadence = Cadence.EACH,
    *,
    again: bool = False,
) -> Material:
    """Return what the briefing's next issue is made of; *again* forgets what was mailed before."""
    briefing = config.briefing(name)
    listed = tuple(stored.list_all(tx))
    used = frozenset() if again else frozenset(issues.used_articles(tx, name, cadence))
    groups = tuple(audience.groups(tx, name, cadences_of(briefing, cadence), now))
    desk = Desk(
        arrangement=arrangement_of(tx, name, cadence),
        waits=editing.waits(tx, name, cadence),
        stories=_stories(tx, briefing, listed, used, now) if briefing.same_story else (),
        wanted=wanted_topics(groups),
    )
    plan = plan_issue(listed, briefing, used, now, desk)
    return Material(cadence, listed, used, desk, groups, plan)


def arrangement_of(tx: Transaction, name: str, cadence: Cadence) -> Arrangement:
    """Return what an editor wants of the next issue; of weekly ones, what is in none."""
    placed = editing.placements(tx, name)
    dropped = frozenset(number for number, how in placed.items() if how is Placement.DROP)
    if cadence is Cadence.WEEKLY:
        return Arrangement(dropped=dropped)
    return Arrangement(
        lead=next((number for number, how in placed.items() if how is Placement.LEAD), None),
        first=tuple(number for number, how in placed.items() if how is Placement.FIRST),
        held=frozenset(number for number, how in placed.items() if how is Placement.HOLD),
        dropped=dropped,
        introduction=editing.introduction(tx, name),
        subject=editing.subject(tx, name),
    )


def _stories(
    tx: Transaction,
    briefing: BriefingConfig,
    listed: Sequence[Listed],
    used: Collection[int],
    now: datetime,
) -> tuple[tuple[int, ...], ...]:
    """Return which of what may be mailed, and was lately, tell the same story."""
    fresh = [item for item in listed if not briefing_reason(item, briefing, used, now)]
    if not fresh:
        return ()
    since = min(item.published_at for item in fresh) - similarity.WINDOW
    lately = [item for item in listed if item.sequence in used and item.published_at >= since]
    compared = fresh + lately
    if len({item.source for item in compared}) < 2:  # noqa: PLR2004 - several
        return ()
    return similarity.same_stories(
        Story(
            article.sequence,
            article.source,
            article.title,
            article.content_text or article.summary,
            article.published_at,
            article.language,
        )
        for article in stored.load(tx, [item.sequence for item in compared])
    )


@dataclass(frozen=True, slots=True)
class Exceptions:
    """Readers who need something of their own."""

    specials: tuple[Special, ...]
    missed: tuple[Listed, ...]
    """All that any of them missed."""

    served: tuple[int, ...]
    """Subscriptions that have missed nothing any more once the issue is frozen."""


def exceptions(
    tx: Transaction, config: Config, name: str, material: Material, now: datetime
) -> Exceptions:
    """Return who would get something twice, or not at all, with what all others get."""
    briefing, cadence = config.briefing(name), material.cadence
    cadences = cadences_of(briefing, cadence)
    movers = audience.movers(tx, name, cadences, now)
    missed = _missed(tx, name, cadence, movers)
    visible = {item.sequence: item for item in material.listed if not hidden(item, now)}
    wanted = set(material.plan.mailed).union(*missed.values()) & set(visible)
    people = {mover.subscriber_id: (mover.subscription_id, mover.choice) for mover in movers}
    within: str | None = name
    if briefing.never_repeat == "person":
        within = None
        people = {
            person: (mine, how) for mine, person, how in audience.readers(tx, name, cadences, now)
        }
    had = audience.had(tx, within, people, wanted) if people else {}
    specials = []
    for person, (subscription_id, choice) in people.items():
        own_missed = missed.get(subscription_id, frozenset()) & set(visible)
        if person in had or own_missed:
            specials.append(
                Special(subscription_id, choice, had.get(person, frozenset()), own_missed)
            )
    return Exceptions(
        tuple(specials),
        tuple(
            visible[number]
            for number in sorted(frozenset().union(*missed.values()))
            if number in visible
        ),
        tuple(mover.subscription_id for mover in movers if mover.served_until is not None),
    )


def _missed(
    tx: Transaction, name: str, cadence: Cadence, movers: Sequence[Mover]
) -> dict[int, frozenset[int]]:
    """Return what each of *movers* may have missed while they changed, by subscription.

    Issues of their new cadence had it before they came to it, and those of the cadence they had all
    of did not, up to when they had all of it.
    """
    moments = issues.moments(tx, name)
    known: dict[tuple[Cadence, int], frozenset[int]] = {}

    def used(of: Cadence, until: datetime) -> frozenset[int]:
        place = bisect_right(moments, until)
        if place == 0:
            return frozenset()
        if (of, place) not in known:
            found = issues.used_articles(tx, name, of, moments[place - 1])
            known[of, place] = frozenset(found)
        return known[of, place]

    return {
        mover.subscription_id: used(cadence, mover.moved_at)
        - used(mover.served_as, mover.served_until)
        for mover in movers
        if mover.served_as is not None and mover.served_until is not None
    }
