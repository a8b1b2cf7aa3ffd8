"""How the desk tells times, numbers, and states: short, in the publication's zone. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_FEW = 2


@dataclass(frozen=True, slots=True)
class Telling:
    """Tells of what there is at *now*, in *zone*."""

    now: datetime
    zone: ZoneInfo

    def time(self, moment: datetime) -> str:
        """Return ``today 07:00``, ``Tue 24 Nov 07:00``, or with the year if it is another one."""
        local, today = moment.astimezone(self.zone), self.now.astimezone(self.zone)
        days = (local.date() - today.date()).days
        near = {0: "today", 1: "tomorrow", -1: "yesterday"}.get(days)
        if near:
            return f"{near} {local:%H:%M}"
        year = f" {local:%Y}" if local.year != today.year else ""
        return f"{local:%a} {local.day} {local:%b}{year} {local:%H:%M}"

    def day(self, moment: datetime) -> str:
        """Return ``24 Nov 2026``."""
        local = moment.astimezone(self.zone)
        return f"{local.day} {local:%b %Y}"

    def full(self, moment: datetime) -> str:
        """Return the time with its zone, to the second."""
        return f"{moment.astimezone(self.zone):%Y-%m-%d %H:%M:%S %Z}"

    def iso(self, moment: datetime) -> str:
        """Return the time for ``datetime`` attributes."""
        return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"

    def ago(self, moment: datetime) -> str:
        """Return ``5 min ago``, ``in 3 h``, ``2 days ago``."""
        gap = (self.now - moment).total_seconds()
        told = self.span(timedelta(seconds=abs(gap)))
        if told == "moments":
            return "now"
        return f"{told} ago" if gap > 0 else f"in {told}"

    def span(self, length: timedelta) -> str:
        """Return ``5 min``, ``3 h``, ``2 days``."""
        seconds = length.total_seconds()
        if seconds < _MINUTE:
            return "moments"
        if seconds < 2 * _HOUR:
            return f"{round(seconds / _MINUTE)} min"
        if seconds < _FEW * _DAY:
            return f"{round(seconds / _HOUR)} h"
        return f"{round(seconds / _DAY)} days"

    def number(self, number: float) -> str:
        """Return ``12,345``."""
        return f"{number:,}"

    def count(self, number: int, one: str, many: str = "") -> str:
        """Return ``1 issue`` or ``3 issues``; *many* is the plural if it is not *one* and an s."""
        return f"{number:,} {one if number == 1 else many or one + 's'}"
