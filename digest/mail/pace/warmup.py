"""How much a new sender may send a day: receivers distrust an address that begins with thousands.

Pure: dates are values.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Ramp:
    """A daily allowance that grows until it is none.

    By default 200 on the first day, half as much again each day, and no limit from the 17th day on.

    Raises:
        ValueError: if :attr:`first` is below 1, :attr:`growth` below 1.01, or :attr:`last` below
            :attr:`first`.
    """

    first: int = 200
    """Messages on the first day."""

    growth: float = 1.5
    """By what the allowance is multiplied each day; 2 is as fast as is prudent."""

    last: int = 100_000
    """The highest allowance; on the day that would have a higher one, the ramp is over."""

    def __post_init__(self) -> None:
        """Refuse a ramp that leads nowhere."""
        if self.first < 1 or self.growth < 1.01 or self.last < self.first:  # noqa: PLR2004 - see above
            raise ValueError(
                "A warm-up ramp begins with at least 1 message a day, grows by a factor of at "
                "least 1.01, and does not end below its beginning."
            )

    def allowances(self) -> tuple[int, ...]:
        """Return how many messages each day of the ramp allows, the first day first."""
        days = []
        allowance = float(self.first)
        while allowance <= self.last:
            days.append(int(allowance))
            allowance *= self.growth
        return tuple(days)


def allowed_today(
    ramp: Ramp | None, started_on: date | None, today: date, sent_today: int
) -> int | None:
    """Return how many more messages may go today; ``None``: no limit.

    Days count whether anything is sent on them or not.

    Args:
        ramp: The ramp; ``None``: there is none.
        started_on: The day of the first message; ``None``: nothing was sent yet.
        today: The date. Before *started_on* (the clock was wrong) it is taken for the first day.
        sent_today: Messages accepted today so far.
    """
    if ramp is None:
        return None
    day = 0 if started_on is None else max((today - started_on).days, 0)
    allowances = ramp.allowances()
    return max(allowances[day] - sent_today, 0) if day < len(allowances) else None
