"""A clock that begins at a time of the test's choice and runs, for what waits in earnest."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from digest.clock import SystemClock


@dataclass(slots=True)
class RunningClock:
    """Runs as the machine's clock does; :meth:`advance` and :meth:`jump` move it besides."""

    at: datetime
    _began: float = field(default_factory=lambda: SystemClock().monotonic())
    _ahead: float = 0.0

    def now(self) -> datetime:
        """Return the time."""
        return self.at + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        """Return seconds since the beginning."""
        return SystemClock().monotonic() - self._began + self._ahead

    def advance(self, by: timedelta) -> None:
        """Let *by* pass on both clocks."""
        self._ahead += by.total_seconds()

    def jump(self, to: datetime) -> None:
        """Set the wall clock to *to*."""
        self.at += to - self.now()
