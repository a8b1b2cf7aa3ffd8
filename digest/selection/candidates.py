"""Which articles may be in a briefing's next issue, and which of them tell the same story. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from digest.config import BriefingConfig
from digest.model import Listed
from digest.selection.desk import Desk
from digest.selection.matching import hidden, speaks, unmatched

_NOTHING_SPECIAL = Desk()


def briefing_reason(
    article: Listed,
    briefing: BriefingConfig,
    used: Collection[int],
    now: datetime,
    desk: Desk = _NOTHING_SPECIAL,
) -> str:
    """Return why *article* is not a candidate for the briefing's next issue; empty when it is.

    What an editor placed is in whatever the settings say, unless it was mailed or may not be seen.
    """
    if article.sequence in used:
        return "was in an earlier issue"
    reason = hidden(article, now)
    if reason:
        return reason
    arrangement = desk.arrangement
    if article.sequence in arrangement.placed:
        return ""
    if article.sequence in arrangement.dropped:
        return "dropped from this briefing by an editor"
    if article.sequence in arrangement.held:
        return "held for a later issue by an editor"
    return (
        _too_old(article, briefing, now)
        or unmatched(article, briefing.topics, briefing.exclude_topics, briefing.sources)
        or _unread(article, briefing, desk)
    )


def _too_old(article: Listed, briefing: BriefingConfig, now: datetime) -> str:
    if article.is_backfill:
        return "was old already when its source was first read (backfill_days): not mailed"
    if briefing.max_age is not None and article.published_at < now - briefing.max_age:
        return (
            f"published more than {briefing.max_age_days} days ago (max_age_days): "
            "in the feeds, not mailed"
        )
    return ""


def _unread(article: Listed, briefing: BriefingConfig, desk: Desk) -> str:
    """Return why nobody would get *article*, or would get it that late."""
    if briefing.languages and not any(speaks(article.language, tag) for tag in briefing.languages):
        return f"is in {article.language}, not in {', '.join(briefing.languages)}"
    if desk.wanted is not None and not desk.wanted & {item.casefold() for item in article.topics}:
        return "no reader chose any of its topics"
    waits = desk.waits.get(article.sequence, 0)
    if briefing.max_held_over and waits >= briefing.max_held_over:
        return f"was held over by {waits} issues (max_held_over): there was no room in any"
    return ""


def told_once(
    candidates: Sequence[Listed],
    articles: Mapping[int, Listed],
    used: Collection[int],
    desk: Desk,
) -> tuple[dict[int, tuple[Listed, ...]], dict[int, str]]:
    """Return which candidates stand beside which other one, and why others are left out.

    Of articles that tell the same story one is told: the one an editor placed, else the one seen
    first. If one of them was mailed before, none is told again, unless an editor placed it.

    Args:
        candidates: Articles that may be in the issue.
        articles: All articles by sequence number, for their titles.
        used: Sequence numbers of articles that were mailed.
        desk: What is known.

    Returns:
        Sequence number of the one that is told → the others; and sequence number → reason.
    """
    by_number = {article.sequence: article for article in candidates}
    placed = desk.arrangement.placed
    beside: dict[int, tuple[Listed, ...]] = {}
    left_out: dict[int, str] = {}
    for story in desk.stories:
        members = [by_number[number] for number in story if number in by_number]
        chosen = [number for number in placed if number in by_number and number in story]
        mailed = [number for number in story if number in used and number in articles]
        if mailed and not chosen:
            title = articles[mailed[0]].title
            reason = f"tells the same story as “{title}”, which was in an earlier issue"
            left_out.update((item.sequence, reason) for item in members)
        elif len(members) > 1:
            leader = chosen[0] if chosen else members[0].sequence
            others = tuple(item for item in members if item.sequence not in {leader, *chosen})
            if others:
                beside[leader] = others
    return beside, left_out
