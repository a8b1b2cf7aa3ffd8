"""How often a token may ask. Pure but for what it remembers."""

from __future__ import annotations

from math import ceil

MINUTE_SECONDS = 60.0


class Pace:
    """Lets each token ask so often in a minute: at once, or evenly."""

    def __init__(self, per_minute: int) -> None:
        """Let each ask *per_minute* times."""
        self._most = float(per_minute)
        self._left: dict[int, tuple[float, float]] = {}

    def take(self, token_id: int, now: float) -> int:
        """Count a request; return in how many seconds to come back, 0 when it may go on.

        *now* is in seconds that never go backwards.
        """
        left, before = self._left.get(token_id, (self._most, now))
        left = min(self._most, left + (now - before) * self._most / MINUTE_SECONDS)
        if left < 1:
            self._left[token_id] = (left, now)
            return max(1, ceil((1 - left) * MINUTE_SECONDS / self._most))
        self._left[token_id] = (left - 1, now)
        return 0
