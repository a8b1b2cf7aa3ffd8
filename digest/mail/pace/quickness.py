"""How long a quick message takes, so that it can be told which are slow by comparison.

What is quick depends on the relay: one that queues mails answers within milliseconds, one that
looks for viruses first takes seconds for everybody. So the times of all messages say what is usual.

Pure: times are seconds.
"""

from __future__ import annotations

QUICK_SHARE = 0.1
"""So large a share of the messages is quicker than what counts as quick. Small, so that domains
which are slow do not become what is usual, though most messages go to them."""

SLOWER = 10.0
"""What takes so many times as long as a quick one is slow."""

SLOW_AT_LEAST_SECONDS = 0.25
"""What takes less is never slow: it hardly holds the others."""

_STEP = 0.25
_TINY = 1e-6
_FIRST = round(1 / QUICK_SHARE)
"""Of so many messages the quickest one counts, so that slow ones to begin with mislead nobody."""


class Quickness:
    """Follows the time that quick messages take, up and down."""

    __slots__ = ("_noted", "_seconds")

    def __init__(self) -> None:
        """Know nothing."""
        self._noted = 0
        self._seconds = float("inf")

    @property
    def slow_from(self) -> float:
        """How long a message must take to be slow, in seconds; infinite while nothing is known."""
        return max(SLOW_AT_LEAST_SECONDS, SLOWER * self._seconds)

    def note(self, seconds: float) -> None:
        """Take note of how long a message took that the relay took over.

        The estimate moves down by much when one is quicker, and up by little when one is not: it
        rests where as many are quicker as :data:`QUICK_SHARE` says.
        """
        known = self._seconds
        if self._noted < _FIRST:
            self._noted += 1
            self._seconds = min(known, seconds)
        elif seconds < known:
            self._seconds = max(known * (1 - _STEP * (1 - QUICK_SHARE)), seconds)
        else:
            # Never from nothing at all, where growing would come to nothing as well.
            self._seconds = min(max(known, _TINY) * (1 + _STEP * QUICK_SHARE), seconds)
