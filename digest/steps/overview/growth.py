"""How the readership grew: who came and went day by day, and how many there were."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from digest.model import SubscriptionState
from digest.store import figures, growth
from digest.store.engine import Store
from digest.store.growth import DayOfChange


@dataclass(frozen=True, slots=True)
class GrowthDay:
    """One day, or several in a row that are told as one."""

    first: date
    """In UTC."""

    last: date
    joined: int
    left: int
    confirmed: int
    """Subscriptions at the end of it."""


@dataclass(frozen=True, slots=True)
class Growth:
    """How many there are, and how that came to be."""

    counts: Mapping[SubscriptionState, int]
    """Subscriptions now, in each state."""

    days: tuple[GrowthDay, ...]
    """Oldest first; the last one is today, which is not over."""

    @property
    def joined(self) -> int:
        """How many came in all that time."""
        return sum(day.joined for day in self.days)

    @property
    def left(self) -> int:
        """How many went in all that time."""
        return sum(day.left for day in self.days)


def growth_of(store: Store, briefing: str, *, days: int, now: datetime, steps: int = 60) -> Growth:
    """Return how *briefing* (empty: all together) grew in the last *days* days, today included.

    Days are joined so that there are at most *steps* of them.
    """
    today = now.astimezone(UTC).date()
    since = today - timedelta(days=days - 1)
    with store.read() as tx:
        counts = figures.subscriptions_by_state(tx)
        changes = growth.changes(tx, datetime.combine(since, time(), UTC))
    now_there = {
        state: sum(
            number
            for (name, its), number in counts.items()
            if its == state and briefing in {"", name}
        )
        for state in SubscriptionState
    }
    mine = [item for item in changes if briefing in {"", item.briefing}]
    confirmed = now_there[SubscriptionState.CONFIRMED]
    return Growth(now_there, _days(mine, since, today, confirmed, steps))


def _days(
    changes: Iterable[DayOfChange], since: date, today: date, confirmed: int, steps: int
) -> tuple[GrowthDay, ...]:
    """Return the days from *since* to *today*, when there are *confirmed*, at most *steps*."""
    joined: dict[date, int] = {}
    left: dict[date, int] = {}
    for item in changes:
        # What a clock that was wrong wrote ahead of time counts as of today.
        day = min(date.fromisoformat(item.day), today)
        joined[day] = joined.get(day, 0) + item.joined
        left[day] = left.get(day, 0) + item.left
    number = (today - since).days + 1
    width = -(-number // steps)
    found: list[GrowthDay] = []
    last = today
    while last >= since:
        first = max(last - timedelta(days=width - 1), since)
        span = [first + timedelta(days=place) for place in range((last - first).days + 1)]
        came, went = (sum(each.get(day, 0) for day in span) for each in (joined, left))
        found.append(GrowthDay(first, last, came, went, confirmed))
        confirmed -= came - went
        last = first - timedelta(days=1)
    return tuple(reversed(found))
