"""How fast messages may follow each other, and how that gives way when a server says "slow down".

A token bucket, kept as the time at which the next token is due (GCRA), so that asking costs a few
comparisons. Giving way is AIMD: halve at once, creep back on success. Where no rate is configured,
what is halved is the rate that was seen.

Pure: times are seconds of a monotonic clock.
"""

from __future__ import annotations

BURST_SECONDS = 0.1
"""What was missed can be made up for this long: timers are late by a millisecond or more."""

FLOOR_PER_SECOND = 0.1
"""Never slower than this, so that news of better times can come."""

SETTLE_SECONDS = 2.0
"""After giving way: until then replies still come from before, and say the same thing again."""

REGAIN_SECONDS = 60.0
"""What halving took is regained in this time of success."""

CREEP_SECONDS = 180.0
"""A rate far below what is possible grows by a factor of e (2.7) in this time of success."""

FORGET_SECONDS = 3600.0
"""After so long without a message what was learnt is out of date."""

_GUESS_PER_SECOND = 10.0
"""What to halve when not one message was seen yet."""

_COUNT_SECONDS = 1.0


class Rate:
    """Lets messages pass no faster than at a rate, whoever asks; so many connections share it."""

    __slots__ = (
        "_bad",
        "_ceiling",
        "_count",
        "_count_from",
        "_due_at",
        "_grown_at",
        "_interval",
        "_limit",
        "_per_second",
        "_seen",
        "_settled_at",
        "_slack",
    )

    def __init__(self, per_second: float = 0.0, *, share: float = 1.0) -> None:
        """Let *per_second* messages pass; 0 sets no limit.

        Args:
            per_second: The limit, for all who share it together.
            share: This process's part of it, above 0 up to 1: one divided by how many there are.
        """
        self._per_second = per_second
        self._ceiling = per_second * share
        self._bad = 0.0  # the rate at which we were last told to slow down
        self._due_at = float("-inf")
        self._settled_at = float("-inf")
        self._grown_at = 0.0
        self._seen = 0.0  # a second, the most of late: halved with each new window
        self._count = 0
        self._count_from = float("-inf")
        self._set(self._ceiling)

    @property
    def per_second(self) -> float:
        """The rate that holds now, of this process; 0: no limit."""
        return self._limit

    @property
    def interval(self) -> float:
        """Seconds from one message to the next at the rate that holds now; 0: no limit."""
        return self._interval

    @property
    def free_at(self) -> float:
        """When the next message may go; it may have been long ago."""
        return self._due_at - self._slack

    @property
    def is_slowed(self) -> bool:
        """Whether a server has asked us to slow down, and we are not back to where we were."""
        return self._bad > 0

    @property
    def bad(self) -> float:
        """The rate at which we were last told to slow down; 0: we were not, or are over it."""
        return self._bad

    def restore(self, limit: float, bad: float, at: float) -> None:
        """Take over what was learnt before a restart: :attr:`per_second` and :attr:`bad`."""
        if bad <= 0 or limit <= 0:
            return
        self._bad = bad
        self._grown_at = at
        self._count_from = at
        self._set(min(limit, self._ceiling) if self._ceiling else limit)

    def share(self, share: float) -> None:
        """Take this part of the configured rate from now on: workers came or went."""
        self._ceiling = self._per_second * share
        if self._ceiling and (not self._bad or self._limit > self._ceiling):
            self._set(self._ceiling)

    def admit(self, at: float) -> float:
        """Return 0.0 if a message may go now, and count it; else when to ask again (after *at*)."""
        if at - self._count_from >= _COUNT_SECONDS:
            self._count_anew(at)
        if self._interval:
            free_at = self._due_at - self._slack
            if at < free_at:
                return free_at
            self._due_at = max(self._due_at, at) + self._interval
        self._count += 1
        return 0.0

    def give_back(self) -> None:
        """Take back a message that was admitted and did not go: another may go instead."""
        self._due_at -= self._interval
        self._count = max(self._count - 1, 0)

    def slow_down(self, at: float) -> None:
        """Halve the rate: a server asked for it. What comes right after is the same request."""
        if at < self._settled_at:
            return
        self._settled_at = at + SETTLE_SECONDS
        self._grown_at = at
        seen = self._seen_at(at) or _GUESS_PER_SECOND
        self._bad = min(self._limit, seen) if self._limit else seen
        floor = min(FLOOR_PER_SECOND, self._ceiling or FLOOR_PER_SECOND)
        self._set(max(self._bad / 2, floor))
        self._due_at = at + self._slack + self._interval
        self._seen, self._count, self._count_from = self._limit, 0, at

    def speed_up(self, at: float) -> None:
        """Creep back: a message was taken. Costs nothing while :attr:`is_slowed` is false."""
        if not self._bad:
            return
        passed = min(at - self._grown_at, 1.0)
        self._grown_at = at
        limit = self._limit
        limit += passed * max(self._bad / 2 / REGAIN_SECONDS, limit / CREEP_SECONDS)
        if self._ceiling and limit >= self._ceiling:
            self._restore()
        else:
            self._set(limit)

    def _seen_at(self, at: float) -> float:
        """Return how many messages a second there were lately."""
        return max(self._seen, self._count / max(at - self._count_from, _COUNT_SECONDS))

    def _count_anew(self, at: float) -> None:
        passed = at - self._count_from
        self._seen = max(self._count / passed, self._seen / 2)
        self._count = 0
        self._count_from = at
        if self._bad and passed > FORGET_SECONDS:
            self._restore()

    def _restore(self) -> None:
        self._bad = 0.0
        self._set(self._ceiling)

    def _set(self, limit: float) -> None:
        self._limit = limit
        self._interval = 1 / limit if limit else 0.0
        self._slack = max(BURST_SECONDS - self._interval, 0.0)
