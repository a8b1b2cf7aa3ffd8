"""A relay that cannot be used is left alone for a while, then tried by one connection first.

Pure: a value; times are seconds of a monotonic clock, chance is a number handed in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

FIRST_REST_SECONDS, LAST_REST_SECONDS = 30.0, 900.0
"""How long a relay is left alone: doubling from the first to the last, give or take a quarter."""

PROBE_SECONDS = 120.0
"""How long one connection's trial keeps the others away, should nothing be heard of it."""

_MOST_DOUBLINGS = 5


@dataclass(frozen=True, slots=True)
class Breaker:
    """Whether a relay may be used. A fresh one says yes."""

    failures: int = 0
    """In a row; 0: the relay works as far as we know."""

    until: float = float("-inf")
    """When the relay may be tried (again)."""

    reason: str = ""
    """What went wrong last, for people; empty when nothing did."""

    is_probing: bool = False
    """Whether one connection is trying the relay while the others wait until :attr:`until`."""

    def admits(self, at: float) -> bool:
        """Return whether a connection may be opened now; if so, :meth:`enter` says it is."""
        return at >= self.until

    def enter(self, at: float) -> Breaker:
        """Return the breaker once a connection is being opened.

        After failures it is the only one for the time being: one trial is enough to find out.
        """
        if not self.failures:
            return self
        return replace(self, until=at + PROBE_SECONDS, is_probing=True)

    def failed(self, reason: str, at: float, fraction: float) -> Breaker:
        """Return the breaker once the relay could not be used.

        Connections that find out at the same time make one failure, not several.

        Args:
            reason: What went wrong, one sentence.
            at: The time.
            fraction: A random number, from 0 up to but not including 1.
        """
        if at < self.until and not self.is_probing:
            return self
        rest = FIRST_REST_SECONDS * (1 << min(self.failures, _MOST_DOUBLINGS))
        rest = min(rest, LAST_REST_SECONDS) * (0.75 + fraction / 2)
        return Breaker(self.failures + 1, at + rest, reason)

    def rested(self, reason: str, until: float) -> Breaker:
        """Return the breaker of a relay that is to be left alone until then, because of *reason*.

        One that is left alone for longer already stays as it is.
        """
        if self.failures and self.until >= until and not self.is_probing:
            return self
        return Breaker(max(self.failures, 1), until, reason)

    def left(self, at: float) -> Breaker:
        """Return the breaker once a trial ended without a finding: the next may try at once."""
        return replace(self, until=at, is_probing=False) if self.is_probing else self

    def succeeded(self) -> Breaker:
        """Return the breaker once the relay was of use: as fresh."""
        return Breaker() if self.failures else self
