"""When issues are due: one instant per local date, whatever daylight saving does.

Pure: schedules, dates, and the time come in as values. An occurrence is known by its *period*, the
local date as ``2026-11-24``; its due time is an instant in UTC.

- A local time that does not exist (clocks go forward) is due at the first instant after the gap.
- A local time that comes twice (clocks go back) is due the first time.
- A date that the zone left out as a whole (Pacific/Apia on 2011-12-30, when it crossed the date
  line) has no occurrence.

Periods and due times both increase strictly for every zone, so one never overtakes another.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches
from enum import StrEnum
from zoneinfo import ZoneInfo

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
EVERY_DAY = frozenset(range(7))

_DAY = timedelta(days=1)
_HORIZON = timedelta(days=366 * 40)
"""Beyond this no date is looked for: 29 February on a given weekday comes within 40 years."""

_WEEKDAY_NAMES = {
    name: number
    for number, full in enumerate(
        ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    )
    for name in (full, full[:3])
}
_MONTH_NAMES = {name: number for number, name in enumerate(MONTHS, start=1)}
_LONGEST_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True, slots=True)
class Schedule:
    """A wall time in a zone, on the dates that satisfy all three of the other fields."""

    time: time
    """Naive."""

    zone: ZoneInfo
    weekdays: frozenset[int] = EVERY_DAY
    """0 is Monday."""

    days_of_month: frozenset[int] = frozenset()
    """1 to 31, and -1 for the last; a month without the 31st is left out. Empty: all."""

    months: frozenset[int] = frozenset()
    """1 to 12. Empty: all."""

    def includes(self, day: date) -> bool:
        """Return whether *day* is one of the schedule's dates."""
        if day.weekday() not in self.weekdays:
            return False
        if self.months and day.month not in self.months:
            return False
        if not self.days_of_month or day.day in self.days_of_month:
            return True
        return -1 in self.days_of_month and (day + _DAY).day == 1


class Action(StrEnum):
    """What is to be done about one due time."""

    RUN = "run"  #: Compose the issue.
    SKIP = "skip"  #: Only record that there is none, and why.


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be done about one occurrence; recorded under its period, which is unique."""

    period: str
    due_at: datetime
    action: Action
    reason: str = ""
    """Why there is no issue; empty for ``run``."""


def due_at(schedule: Schedule, day: date) -> datetime | None:
    """Return the one instant (UTC) at which *schedule* is due on the local date *day*.

    ``None`` when the schedule leaves that date out, or the zone does. Only where a gap reaches
    midnight (America/Nuuk in March, from 23:00) can the instant fall on the following local date.
    """
    if not schedule.includes(day):
        return None
    found = instant(schedule, day)
    return (
        None
        if found.astimezone(schedule.zone).date() > day and _leaves_out(schedule, day)
        else found
    )


def instant(schedule: Schedule, day: date) -> datetime:
    """Return the instant (UTC) at which it is *schedule*'s time on the local date *day*.

    Whether the schedule includes that date is not asked. A time that does not exist, and a date
    that the zone left out, is the first instant after the gap.
    """
    local = datetime.combine(day, schedule.time, schedule.zone)
    found = local.astimezone(UTC)
    if found.astimezone(schedule.zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return found
    return _around_gap(local)[1]


def _leaves_out(schedule: Schedule, day: date) -> bool:
    """Tell whether the zone never was at *day*, for whose time it is in a gap."""
    local = datetime.combine(day, schedule.time, schedule.zone)
    before, after = _around_gap(local)
    zone = schedule.zone
    return before.astimezone(zone).date() < day < after.astimezone(zone).date()


def _around_gap(local: datetime) -> tuple[datetime, datetime]:
    """Return the last second before and the first instant after the gap that *local* lies in.

    PEP 495: in a gap, fold 1 reads the time by the offset that holds after it, which gives an
    instant before it, and fold 0 the other way round. Halving the seconds between finds the change.
    """
    early = local.replace(fold=1).astimezone(UTC)
    late = local.replace(fold=0).astimezone(UTC)
    offset_after = late.astimezone(local.tzinfo).utcoffset()
    low, high = 0, round((late - early).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        instant = (early + timedelta(seconds=middle)).astimezone(local.tzinfo)
        low, high = (low, middle) if instant.utcoffset() == offset_after else (middle, high)
    early = early.replace(microsecond=0)
    return early + timedelta(seconds=low), early + timedelta(seconds=high)


def local_date(schedule: Schedule, now: datetime) -> date:
    """Return today's date in the schedule's zone."""
    return now.astimezone(schedule.zone).date()


def occurrences_between(
    schedule: Schedule, after: datetime, until: datetime
) -> Iterator[tuple[str, datetime]]:
    """Yield period and due time of all occurrences with *after* < due <= *until*, in order."""
    day = local_date(schedule, after) - _DAY
    last = local_date(schedule, until)
    while day <= last:
        due = due_at(schedule, day)
        if due is not None and after < due <= until:
            yield day.isoformat(), due
        day += _DAY


def latest_due(schedule: Schedule, now: datetime) -> tuple[str, datetime] | None:
    """Return period and due time of the last occurrence at or before *now*.

    ``None`` when there was none within 40 years, for a schedule that names no real date.
    """
    day = local_date(schedule, now)
    earliest = day - _HORIZON
    while day > earliest:
        due = due_at(schedule, day)
        if due is not None and due <= now:
            return day.isoformat(), due
        day -= _DAY
    return None


def next_due(schedule: Schedule, now: datetime) -> tuple[str, datetime] | None:
    """Return period and due time of the first occurrence after *now*.

    ``None`` when there is none within 40 years, for a schedule that names no real date.
    """
    return next(occurrences_between(schedule, now, now + _HORIZON), None)


def decide(
    schedule: Schedule, known: Collection[str], now: datetime, max_lateness: timedelta
) -> tuple[Decision, ...]:
    """Decide what is to be done about everything that fell due up to *now*, oldest first.

    *known* holds the periods that are recorded already, in any order. Of those that are missing
    after the newest known one, only the latest runs, if it is not later than *max_lateness*; the
    others are skipped with a reason. Known periods after today, left by a clock that was wrong,
    settle nothing but themselves.

    A briefing without known periods starts now: its latest due time before is recorded as skipped,
    so that nothing from before its start is ever made up for, and everything after is.
    """
    today = local_date(schedule, now).isoformat()
    newest = max((period for period in known if period <= today), default=None)
    if newest is None:
        start = latest_due(schedule, now)
        if start is None or start[0] in known:
            return ()
        return (Decision(*start, Action.SKIP, "the briefing was set up after this time"),)
    after = datetime.combine(date.fromisoformat(newest), time(), UTC) - 2 * _DAY
    missing = [
        (period, due)
        for period, due in occurrences_between(schedule, after, now)
        if period > newest
    ]
    return tuple(
        _decision(period, due, now - due, max_lateness, is_latest=(period, due) == missing[-1])
        for period, due in missing
    )


def _decision(
    period: str, due: datetime, lateness: timedelta, max_lateness: timedelta, *, is_latest: bool
) -> Decision:
    if not is_latest:
        return Decision(period, due, Action.SKIP, "missed, and a later issue took its place")
    if lateness > max_lateness:
        reason = f"missed by {_hours(lateness)}; at most {_hours(max_lateness)} is made up for"
        return Decision(period, due, Action.SKIP, reason)
    return Decision(period, due, Action.RUN)


def _hours(duration: timedelta) -> str:
    minutes = int(duration.total_seconds()) // 60
    return f"{minutes // 60} h {minutes % 60:02} min" if minutes % 60 else f"{minutes // 60} h"


def weekday_numbers(names: Collection[str]) -> frozenset[int]:
    """Return the numbers (0 is Monday) of weekdays given as in :data:`WEEKDAYS`."""
    return frozenset(WEEKDAYS.index(name) for name in names)


def parse_weekdays(text: str) -> frozenset[int]:
    """Return the weekdays (0 is Monday) that *text* names: ``"mon-fri"``, ``"sat,sun"``.

    Ranges may go over the week's end: ``"fri-mon"``.

    Raises:
        ValueError: if *text* does not say days; the message says how to.
    """
    days: set[int] = set()
    for part in text.lower().replace(" ", "").split(","):
        first, dash, last = part.partition("-")
        start = _weekday(first)
        stop = _weekday(last) if dash else start
        days.update((start + step) % 7 for step in range((stop - start) % 7 + 1))
    return frozenset(days)


def _weekday(name: str) -> int:
    try:
        return _WEEKDAY_NAMES[name]
    except KeyError:
        close = get_close_matches(name, _WEEKDAY_NAMES, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise ValueError(
            f'{name!r} is not a day of the week; write "mon", "mon-fri", or "sat,sun"{hint}'
        ) from None


@dataclass(frozen=True, slots=True)
class _Field:
    """One of the five fields of a cron expression."""

    name: str
    first: int
    last: int
    names: dict[str, int]
    wraps: bool = False
    """Whether ranges may go over the end: ``fri-mon``. Then *first* and *last* are the same day."""

    @property
    def end(self) -> int:
        """The last number of ``*``, which takes each value once."""
        return self.last - self.wraps


_CRON = (
    _Field("minute", 0, 59, {}),
    _Field("hour", 0, 23, {}),
    _Field("day of the month", 1, 31, {}),
    _Field("month", 1, 12, _MONTH_NAMES),
    # Cron's Sunday is 0 and 7; the names are turned into its numbers.
    _Field(
        "day of the week", 0, 7, {name: n + 1 for name, n in _WEEKDAY_NAMES.items()}, wraps=True
    ),
)


def parse_cron(text: str, zone: ZoneInfo) -> Schedule:
    """Return the schedule that the cron expression *text* says: ``"0 7 * * mon-fri"``.

    Five fields: minute, hour, day of the month, month, day of the week, with names, lists,
    ranges, and steps as in crontab(5). Minute and hour are single numbers, because there is one
    issue per local date. Days of the month and of the week cannot both be limited: cron would
    run on dates that satisfy either, which is seldom what is meant.

    Raises:
        ValueError: if it is not such an expression; the message names the field.
    """
    parts = text.lower().split()
    if len(parts) != len(_CRON):
        raise ValueError(
            f"cron {text!r} must have five fields: minute, hour, day of the month, month, "
            f'day of the week, such as "0 7 * * mon-fri"; it has {len(parts)}'
        )
    for part, field in zip(parts[:2], _CRON[:2], strict=True):
        if not part.isascii() or not part.isdigit():
            raise ValueError(
                f"cron {text!r}: {field.name} must be a single number, not {part!r}, "
                "because there is one issue per local date"
            )
    (minute,), (hour,), days, months, weekdays = (
        _parse_field(part, field) for part, field in zip(parts, _CRON, strict=True)
    )
    weekdays = frozenset((day - 1) % 7 for day in weekdays)
    every_date = len(days) == 31  # noqa: PLR2004 - the days of a month
    if not every_date and weekdays != EVERY_DAY:
        raise ValueError(
            f"cron {text!r} limits days of the month and of the week, of which cron takes either; "
            "use day_of_month and days, which must both hold"
        )
    if min(days) > max(_LONGEST_MONTH[month - 1] for month in months):
        raise ValueError(f"cron {text!r} never comes: no such month has {min(days)} days")
    return Schedule(
        time=time(hour, minute),
        zone=zone,
        weekdays=weekdays,
        days_of_month=frozenset() if every_date else days,
        months=frozenset() if len(months) == len(MONTHS) else months,
    )


def _parse_field(text: str, field: _Field) -> frozenset[int]:
    numbers: set[int] = set()
    for part in text.split(","):
        match = re.fullmatch(r"(?:(\*)|(\w+)(?:-(\w+))?)(?:/(\d+))?", part, re.ASCII)
        if not match:
            raise ValueError(f"cron: {part!r} is no {field.name}; write 1, 1,15, 1-5, */2, or *")
        star, first, last, step = match.groups()
        if star:
            start, stop = field.first, field.end
        else:
            start = _number(first, field)
            stop = _number(last, field) if last else field.end if step else start
        if field.wraps and stop < start:
            stop += 7
        if stop < start:
            raise ValueError(f"cron: {part!r} is no {field.name}: it ends before it begins")
        if step is not None and not int(step):
            raise ValueError(f"cron: {part!r} is no {field.name}: a step must be at least 1")
        numbers.update(range(start, stop + 1, int(step or 1)))
    return frozenset(numbers)


def _number(text: str, field: _Field) -> int:
    if text in field.names:
        return field.names[text]
    if text.isdigit() and field.first <= int(text) <= field.last:
        return int(text)
    raise ValueError(
        f"cron: {text!r} is no {field.name}; it must be {field.first} to {field.last}"
        + (f" or a name such as {next(reversed(field.names))!r}" if field.names else "")
    )
