"""The only place that reads the time (ruff's banned-api holds the rest to it)."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What the doors and steps are given when they need to know the time."""

    def now(self) -> datetime:
        """Return the current time, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never go backwards; only differences mean anything."""
        ...


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the current time, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return the monotonic clock's seconds."""
        return time.monotonic()


@dataclass(slots=True)
class ManualClock:
    """A clock that stands still until it is told to move: for the demo, previews and tests."""

    at: datetime
    _elapsed: float = field(default=0.0)

    def now(self) -> datetime:
        """Return the time it was last set to."""
        return self.at

    def monotonic(self) -> float:
        """Return the seconds that :meth:`advance` has let pass."""
        return self._elapsed

    def advance(self, by: timedelta) -> None:
        """Let *by* pass on both clocks."""
        self.at += by
        self._elapsed += by.total_seconds()

    def jump(self, to: datetime) -> None:
        """Set the wall clock to *to*, as an administrator or NTP does; monotonic time stands."""
        self.at = to


@dataclass(slots=True)
class LeapingClock:
    """Starts as the machine's clock, runs faster, and can be let leap ahead: for drills.

    Both clocks go together, and never back.
    """

    speed: float = 1.0
    """How many seconds pass while one does on the machine."""

    _start: datetime = field(default_factory=lambda: datetime.now(UTC), init=False)
    _started_at: float = field(default_factory=time.monotonic, init=False)
    _ahead: float = field(default=0.0, init=False)

    def now(self) -> datetime:
        """Return the time it shows."""
        return self._start + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        """Return the seconds that have passed on it."""
        return (time.monotonic() - self._started_at) * self.speed + self._ahead

    def leap_to(self, moment: datetime) -> None:
        """Be at *moment* at once; do nothing if it is past."""
        self._ahead += max((moment - self.now()).total_seconds(), 0.0)
