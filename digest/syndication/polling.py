"""When an upstream source is asked again: as often as it has news, and never more than it wants.

Pure; every moment is aware UTC. What a source may say of itself: how long an answer stays fresh
(``Cache-Control``, RFC 9111), its ``ttl`` or ``sy:updatePeriod``, its hours and days of rest, and
``Retry-After`` (RFC 9110, section 10.2.3).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import pairwise

MAX_BACKOFF = timedelta(days=1)
MAX_RETRY_AFTER = timedelta(days=2)
"""Longer, and it is more likely a mistake than a wish."""

QUARANTINE_FAILURES = 5
"""After this many in a row, and :data:`QUARANTINE_AFTER`, a source counts as failing."""

QUARANTINE_AFTER = timedelta(hours=12)

_RHYTHM_SHARE = 0.5
"""Asked twice in the time that usually passes between two articles."""

_RHYTHM_ARTICLES = 12
_IDLE_SHARE = 0.1
"""Of the time since the last article: who has been silent for ten days is asked daily."""

_JITTER_SHARE = 0.1
_MAX_HOURS_ASIDE = 24 * 8


@dataclass(frozen=True, slots=True)
class Bounds:
    """How often a source may be asked at most and at least."""

    shortest: timedelta = timedelta(minutes=10)
    longest: timedelta = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Hints:
    """What a source says about being asked."""

    fresh_for: timedelta | None = None
    """How long the last answer stays fresh."""

    ttl: timedelta | None = None
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()
    """Monday is 0."""


def interval(news: Sequence[datetime], now: datetime, hints: Hints, bounds: Bounds) -> timedelta:
    """Return how long to wait after an answer.

    Args:
        news: When its articles were published, newest first or not; empty for a source without any.
        now: The time of the answer.
        hints: What it says. Longer than the rhythm it counts, shorter it does not.
        bounds: What the operator wants; they hold whatever the source says.
    """
    wanted = _rhythm(sorted((moment for moment in news if moment <= now), reverse=True), now)
    for said in (hints.ttl, hints.fresh_for):
        if said is not None:
            wanted = max(wanted, said)
    return min(max(wanted, bounds.shortest), bounds.longest)


def _rhythm(news: list[datetime], now: datetime) -> timedelta:
    """Return half of the usual time between articles, longer for who has been silent."""
    if not news:
        return timedelta(hours=1)
    gaps = sorted(later - earlier for later, earlier in pairwise(news[:_RHYTHM_ARTICLES]))
    usual = gaps[len(gaps) // 2] if gaps else now - news[0]
    return max(usual * _RHYTHM_SHARE, (now - news[0]) * _IDLE_SHARE)


def next_poll(
    name: str, now: datetime, wait: timedelta, hints: Hints, *, not_before: datetime | None = None
) -> datetime:
    """Return when to ask the source *name*, asked now, again after *wait*.

    Each source has its own part of a tenth of the time on top, always the same, so that a thousand
    of them do not ask in the same second. Hours and days of rest are passed over, unless there
    would be nothing left of the week.
    """
    due = now + wait + wait * (_JITTER_SHARE * _part_of(name))
    if not_before is not None:
        due = max(due, not_before)
    rested = due
    for _ in range(_MAX_HOURS_ASIDE):
        if rested.hour not in hints.skip_hours and rested.weekday() not in hints.skip_days:
            return rested
        rested = rested.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        rested += timedelta(minutes=10 * _part_of(name))
    return due


def _part_of(name: str) -> float:
    """Return a number from 0 to 1 that is always the same for *name*."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4]) / 2**32


def backoff(failures: int, bounds: Bounds) -> timedelta:
    """Return how long to wait after the *failures*-th failure in a row, counted from 1."""
    doubled = bounds.shortest * (1 << min(failures - 1, 20))
    return min(doubled, max(MAX_BACKOFF, bounds.longest))


def is_failing(failures: int, since: datetime | None, now: datetime) -> bool:
    """Return whether a source has failed so often, and so long, that somebody should know."""
    lasted = since is not None and now - since >= QUARANTINE_AFTER
    return failures >= QUARANTINE_FAILURES and lasted


def fresh_for(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Return how long the answer with *headers* (names in lower case) stays fresh, if it says.

    RFC 9111, section 4.2.1: ``max-age`` less ``Age``, else ``Expires``. ``no-cache`` and the like
    say that it may change at any time, not that one should ask at any time: ``None``.
    """
    control = headers.get("cache-control", "").lower()
    if "no-cache" in control or "no-store" in control:
        return None
    age = re.search(r"(?:^|[\s,])max-age\s*=\s*\"?([0-9]{1,9})", control)
    if age:
        spent = headers.get("age", "").strip()
        seconds = int(age[1]) - (int(spent) if re.fullmatch("[0-9]{1,9}", spent) else 0)
        return timedelta(seconds=max(seconds, 0))
    expires = _http_date(headers.get("expires", ""))
    return max(expires - now, timedelta()) if expires else None


def retry_after(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """Return when the server wants to be asked again, if it says so; at most two days from now."""
    said = headers.get("retry-after", "").strip()
    if re.fullmatch("[0-9]{1,9}", said):
        moment = now + timedelta(seconds=int(said))
    else:
        parsed = _http_date(said)
        if parsed is None:
            return None
        moment = parsed
    return min(max(moment, now), now + MAX_RETRY_AFTER)


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
