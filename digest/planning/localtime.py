"""Local time: one issue, sent to each reader at the same time of day where they are. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from digest.schedule import Schedule, instant

FIRST = ZoneInfo("Pacific/Kiritimati")
"""Nowhere does a date begin earlier: 14 hours before it begins in UTC."""


def due_by_zone(schedule: Schedule, day: date, zones: Iterable[str]) -> Mapping[str, datetime]:
    """Return when *schedule*'s time on *day* comes in each of *zones*.

    An empty name, and one that nobody knows, is the schedule's own zone.
    """
    return {
        zone: instant(replace(schedule, zone=_zone(zone) or schedule.zone), day) for zone in zones
    }


def earliest(schedule: Schedule, zones: Iterable[str], now: datetime) -> Schedule:
    """Return *schedule* in that one of *zones*, and its own, where a date's time comes first."""
    candidates = [
        schedule,
        *(replace(schedule, zone=found) for name in zones if (found := _zone(name))),
    ]
    today = now.astimezone(schedule.zone).date()
    return min(candidates, key=lambda each: (instant(each, today), each is not schedule))


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
