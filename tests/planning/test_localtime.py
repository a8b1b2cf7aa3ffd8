"""The same wall time in every zone, once a date, over every change of clocks."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest

from digest.planning.localtime import FIRST, due_by_zone, earliest
from digest.schedule import Schedule, instant

ZONES = sorted(zoneinfo.available_timezones() - {"localtime", "Factory"})
ZURICH = ZoneInfo("Europe/Zurich")
DAY = timedelta(days=1)


@cache
def transitions(zone: ZoneInfo, year: int) -> list[date]:
    """The local dates of *year* on which the zone's clocks change."""
    start = datetime(year, 1, 1, tzinfo=UTC)
    hours = (start + timedelta(hours=hour) for hour in range(0, 366 * 24, 6))
    found, before = [], None
    for moment in hours:
        offset = moment.astimezone(zone).utcoffset()
        if before is not None and offset != before:
            found.append(moment.astimezone(zone).date())
        before = offset
    return found


@pytest.mark.parametrize("at", [time(0, 0), time(2, 30), time(7, 0), time(23, 59)])
def test_it_is_the_same_time_everywhere_over_every_transition(at: time) -> None:
    """email.md, send at the subscriber's time: all zones, around each change of 2026."""
    schedule = Schedule(at, ZURICH)
    for name in ZONES:
        zone = ZoneInfo(name)
        changes = transitions(zone, 2026) or [date(2026, 6, 1)]
        for change in changes:
            days = [change + step * DAY for step in range(-2, 3)]
            times = [due_by_zone(schedule, day, [name])[name] for day in days]
            assert times == sorted(set(times)), name
            for day, moment in zip(days, times, strict=True):
                local = moment.astimezone(zone)
                wanted = datetime.combine(day, at)
                # Exactly, unless that time does not exist: then the first instant after the gap.
                gap = local.replace(tzinfo=None) - wanted
                assert timedelta() <= gap <= timedelta(hours=3), (name, day)
                if gap:
                    before = (moment - timedelta(seconds=1)).astimezone(zone)
                    assert before.replace(tzinfo=None) < wanted, (name, day)
                    assert before.utcoffset() != local.utcoffset(), (name, day)


def test_a_date_that_a_zone_left_out_comes_right_after_the_gap() -> None:
    """Nobody is left out: Samoa had no 30 December 2011."""
    schedule = Schedule(time(7), ZURICH)
    due = due_by_zone(schedule, date(2011, 12, 30), ["Pacific/Apia"])
    assert due["Pacific/Apia"] == datetime(2011, 12, 30, 10, 0, tzinfo=UTC)


def test_no_zone_and_one_that_nobody_knows_are_the_briefings() -> None:
    schedule = Schedule(time(7), ZURICH)
    day = date(2026, 7, 1)
    due = due_by_zone(schedule, day, ["", "Mars/Olympus", "../etc", "Europe"])
    assert set(due.values()) == {datetime(2026, 7, 1, 5, 0, tzinfo=UTC)}


def test_the_first_zone_is_the_one_where_it_is_the_time_first() -> None:
    schedule = Schedule(time(7), ZURICH)
    now = datetime(2026, 7, 1, tzinfo=UTC)
    assert earliest(schedule, [], now) == schedule
    assert earliest(schedule, ["America/New_York", "", "Mars/Olympus"], now) == schedule
    assert earliest(schedule, ["Asia/Tokyo", "Europe/Paris"], now).zone.key == "Asia/Tokyo"
    assert all(
        instant(Schedule(time(7), FIRST), date(2026, 7, 1))
        <= instant(Schedule(time(7), ZoneInfo(name)), date(2026, 7, 1))
        for name in ZONES
    )
