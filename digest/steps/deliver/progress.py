"""How far an issue has come, how fast it goes, and how long the rest will take.

Pure: times are seconds of a monotonic clock.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from digest.model import OPEN_STATES, DeliveryState, Issue

WINDOW_SECONDS = 10.0
"""The rate is that of about so long."""

_STEP_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an issue has come; told after each commit."""

    issue: Issue
    counts: Mapping[DeliveryState, int]
    """Results of that commit."""

    done: int
    """How many deliveries are over and done with, by whatever end."""

    candidates: int
    """How many there are."""

    rate_per_second: float
    """How many were done a second over the last :data:`WINDOW_SECONDS`."""

    seconds_left: float | None
    """An estimate; ``None`` while there is nothing to go by."""


class Speed:
    """Works out a rate from totals that are told now and then."""

    def __init__(self, total: int, at: float) -> None:
        """Begin with *total* done at the time *at*."""
        self._seen = deque([(at, total)])

    def note(self, total: int, at: float) -> float:
        """Return how many a second were done of late, now that *total* are."""
        seen = self._seen
        # One entry a step: a fast sender tells thousands of times a second.
        if len(seen) > 1 and at - seen[-2][0] < _STEP_SECONDS:
            seen[-1] = (at, total)
        else:
            seen.append((at, total))
        while len(seen) > 2 and seen[1][0] <= at - WINDOW_SECONDS:  # noqa: PLR2004 - begin and end
            seen.popleft()
        began_at, begun = seen[0]
        passed = at - began_at
        return (total - begun) / passed if passed > 0 else 0.0


def done_of(counts: Mapping[DeliveryState, int]) -> int:
    """Return how many of the deliveries in *counts* are over and done with."""
    return sum(number for state, number in counts.items() if state not in OPEN_STATES)


def seconds_left(done: int, candidates: int, rate_per_second: float) -> float | None:
    """Return how long the rest takes at that rate; ``None`` when nothing moves."""
    rest = max(candidates - done, 0)
    if not rest:
        return 0.0
    return rest / rate_per_second if rate_per_second > 0 else None
