"""The plan of an issue: which articles are in it and where, and why the others are not. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from digest.config import BriefingConfig
from digest.model import Listed
from digest.selection.candidates import briefing_reason, told_once
from digest.selection.desk import Arrangement, Desk
from digest.selection.matching import newest_first

_NOTHING_SPECIAL = Desk()


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

    beside: Mapping[int, tuple[Listed, ...]] = field(default_factory=dict)
    """Sequence number of an article of the issue → others that tell the same story, the one seen
    first before the others. They are named with it and count as mailed."""

    @property
    def articles(self) -> tuple[Listed, ...]:
        """Every article of the issue once, in reading order, without those that stand beside."""
        lead = (self.lead,) if self.lead else ()
        return (*lead, *(item for _, items in self.sections for item in items), *self.more)

    @property
    def mailed(self) -> tuple[int, ...]:
        """The sequence numbers of all that counts as mailed once the issue is frozen."""
        own = self.articles
        return tuple(
            number
            for item in own
            for number in (
                item.sequence,
                *(other.sequence for other in self.beside.get(item.sequence, ())),
            )
        )


def plan_issue(
    articles: Sequence[Listed],
    briefing: BriefingConfig,
    used: Collection[int],
    now: datetime,
    desk: Desk = _NOTHING_SPECIAL,
) -> IssuePlan:
    """Return what the briefing's next issue would have at *now*.

    Room is given in the order of first sight, after what an editor placed and what is pinned, so
    that no article is overtaken for ever; within the issue the newest stand first.

    Args:
        articles: All articles.
        briefing: The briefing's settings.
        used: Sequence numbers of articles that earlier issues of the briefing had.
        now: When the issue is composed.
        desk: What else is known.
    """
    left_out: dict[int, str] = {}
    candidates = []
    for article in articles:
        reason = briefing_reason(article, briefing, used, now, desk)
        if reason:
            left_out[article.sequence] = reason
        else:
            candidates.append(article)
    by_number = {article.sequence: article for article in articles}
    beside, told_before = told_once(candidates, by_number, used, desk)
    left_out |= told_before
    silent = {item.sequence for others in beside.values() for item in others} | set(told_before)
    telling = [article for article in candidates if article.sequence not in silent]
    room, more, waiting = _given_room(telling, briefing, desk.arrangement)
    inside = {item.sequence for item in (*room, *more)}
    lead, sections = _laid_out(room, briefing, desk.arrangement)
    return IssuePlan(
        lead=lead,
        sections=sections,
        more=newest_first(more),
        # A story waits whole.
        waiting=tuple(each for item in waiting for each in (item, *beside.get(item.sequence, ()))),
        left_out=left_out,
        beside={number: others for number, others in beside.items() if number in inside},
    )


def narrowed(
    plan: IssuePlan,
    briefing: BriefingConfig,
    arrangement: Arrangement,
    keep: Collection[int],
    added: Iterable[Listed] = (),
) -> IssuePlan:
    """Return the part of *plan* that some of its readers get, laid out anew.

    Headlines move up where there is room for them.

    Args:
        plan: The whole issue.
        briefing: The briefing's settings.
        arrangement: What an editor wants of it.
        keep: Sequence numbers of those articles of the plan that they get. An article is kept as
            well, in place of the one it stands beside, if only it is named here.
        added: Articles of earlier issues that they missed.
    """
    full, beside = _kept(plan, [*plan.articles[: len(plan.articles) - len(plan.more)]], keep)
    headlines, beside_more = _kept(plan, plan.more, keep)
    queue = [*full, *headlines]
    missed = sorted(added, key=lambda article: article.sequence)
    room = [*queue, *missed][: briefing.max_articles]
    # What was missed is never left out, whatever the room.
    more = [*queue, *missed][briefing.max_articles :]
    lead, sections = _laid_out(room, briefing, arrangement, plan.lead)
    return IssuePlan(
        lead, sections, newest_first(more), plan.waiting, plan.left_out, beside | beside_more
    )


def _kept(
    plan: IssuePlan, items: Iterable[Listed], keep: Collection[int]
) -> tuple[list[Listed], dict[int, tuple[Listed, ...]]]:
    found: list[Listed] = []
    beside: dict[int, tuple[Listed, ...]] = {}
    for item in items:
        story = [item, *plan.beside.get(item.sequence, ())]
        told = [each for each in story if each.sequence in keep]
        if told:
            found.append(told[0])
            if told[1:]:
                beside[told[0].sequence] = tuple(told[1:])
    return found, beside


def _given_room(
    candidates: Sequence[Listed], briefing: BriefingConfig, arrangement: Arrangement
) -> tuple[list[Listed], list[Listed], list[Listed]]:
    """Return who stands in full, who as a headline, and who waits."""
    order = {number: place for place, number in enumerate(arrangement.placed)}
    after = len(order)
    queue = sorted(
        candidates,
        key=lambda item: (order.get(item.sequence, after), not item.pinned, item.sequence),
    )
    budgets = _Budgets(briefing)
    room: list[Listed] = []
    more: list[Listed] = []
    waiting: list[Listed] = []
    for item in queue:
        # What an editor asked for is bound by no budget, but counts.
        is_free = item.sequence in order or item.pinned
        if len(room) < briefing.max_articles and budgets.take(item, is_free=is_free):
            room.append(item)
        elif (
            len(room) == briefing.max_articles
            and len(more) < briefing.headlines
            and budgets.take(item, is_free=is_free)
        ):
            more.append(item)
        else:
            waiting.append(item)
    return room, more, waiting


class _Budgets:
    """How many articles of a topic and of a source an issue has so far."""

    def __init__(self, briefing: BriefingConfig) -> None:
        self._limits = {"topic": briefing.max_per_topic, "source": briefing.max_per_source}
        self._taken: Counter[tuple[str, str]] = Counter()

    def take(self, item: Listed, *, is_free: bool) -> bool:
        """Count *item* and return true, unless its topic or source has had its share."""
        # Its section is the first topic's: under that one readers see it.
        topic = item.topics[0].casefold() if item.topics else ""
        keys = (("topic", topic), ("source", item.source))
        if not is_free and any(
            self._limits[kind] and self._taken[kind, name] >= self._limits[kind]
            for kind, name in keys
        ):
            return False
        self._taken.update(keys)
        return True


def _laid_out(
    room: Sequence[Listed],
    briefing: BriefingConfig,
    arrangement: Arrangement,
    wanted: Listed | None = None,
) -> tuple[Listed | None, tuple[tuple[str, tuple[Listed, ...]], ...]]:
    """Return the lead and the sections of the articles in *room*; *wanted* leads if it is there."""
    chosen = [item for item in room if item.sequence == arrangement.lead]
    if wanted is not None:
        chosen += [item for item in room if item.sequence == wanted.sequence]
    lead = chosen[0] if chosen else _lead(room, briefing.lead)
    order = {number: place for place, number in enumerate(arrangement.first)}
    return lead, _sections([item for item in room if item is not lead], briefing.sections, order)


def _lead(articles: Sequence[Listed], how: str) -> Listed | None:
    if how == "none" or not articles:
        return None
    pinned = [article for article in articles if article.pinned] if how == "pinned" else []
    return newest_first(pinned or articles)[0]


def _sections(
    articles: Sequence[Listed], wanted_order: Sequence[str], placed: Mapping[int, int]
) -> tuple[tuple[str, tuple[Listed, ...]], ...]:
    """Part articles by topic: each under the first section wanted that it has, else its own.

    In a section come those that an editor placed, then the newest.
    """
    wanted = {topic.casefold(): topic for topic in wanted_order}
    groups: dict[str, list[Listed]] = {topic: [] for topic in wanted_order}
    titles: dict[str, str] = {}
    after = len(placed)
    for article in sorted(newest_first(articles), key=lambda a: placed.get(a.sequence, after)):
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
