"""How much each recipient domain is given at a time, so that none holds the others.

A domain that asks us to slow down is held back for a growing while, and afterwards gets half as
much as before, creeping up on success (AIMD), both in messages a second and in messages at once.
A domain that is merely slow, so that each of its messages occupies a connection for long, is found
out by that time (``quickness`` says what is long): all slow domains together leave some connections
to the others.

Only what was learnt is kept: a domain that nothing is known of is forgotten soon, so memory does
not grow with the list. One object serves all connections of a relay. A domain that refuses our mail
because of us is left alone as well, without giving it less afterwards: what one message found out
need not cost the others.

Pure: times are seconds of a monotonic clock.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import exp
from typing import NamedTuple

from digest.mail.outcome import Kind, Outcome, Scope
from digest.mail.pace.quickness import SLOW_AT_LEAST_SECONDS, Quickness
from digest.mail.pace.rate import FORGET_SECONDS, Rate
from digest.model import DeliveryState

FIRST_HOLD_SECONDS, LAST_HOLD_SECONDS = 15.0, 900.0
"""How long a domain is left alone that wants us to slow down: doubling from first to last. It
starts over once the domain did well for longer than it was last held."""

RECHECK_SECONDS = 0.1
"""When to ask again for a domain that has all it may have at once. It may be sooner: when one of
its messages is done. Only another user of the same limits needs this."""

SLOW_SECONDS = 5.0
"""A domain whose messages are in hand for longer than this on average is slow, whatever is usual.
That they wait behind others on their connections counts as well."""

SLOW_SHARE = 0.25
"""A domain is slow as well if a greater share of its messages take long by comparison with what is
usual. A single one that is stuck makes no domain slow."""

AHEAD_SECONDS = 600.0
"""How far ahead a domain's turns are given away at the rate it has now. Beyond that they become
denser by a factor of e (2.7) in each such time, since it may have recovered by then."""

_IN_HAND = 3
"""Messages a connection holds at most: one sent, one announced, one ready."""

_AVERAGED = 32
"""An average goes over about so many messages, the later ones counting more."""

_FRESH_SECONDS = 2.0
_SWEEP_FROM = 1024


class Limit(NamedTuple):
    """What one domain is given at most."""

    concurrency: int = 0
    """Messages at once; 0: no limit."""

    per_second: float = 0.0
    """Messages a second; 0: no limit."""


class Learnt(NamedTuple):
    """What a domain has taught us, as it can be kept for later: all times are from now."""

    most: float
    """Messages at once; 0: nothing limits them."""

    limit: float
    """Messages a second at the moment; 0: as configured."""

    bad: float
    """Messages a second that were too many; 0: none were."""

    held_seconds: float
    """How much longer it is to be left alone."""

    held_for: float
    """How long it was left alone the last time."""


_NO_LIMIT = Limit()


@dataclass(slots=True)
class _Domain:
    """What is known of one domain."""

    rate: Rate
    ceiling: float
    """Messages at once, as configured; infinite for no limit."""

    most: float
    """Messages at once; infinite while nothing limits them."""

    seen_at: float
    in_hand: int = 0
    time_in_hand: float = 0.0
    """Seconds, over all its messages: divided by their number it is the average (Little's law)."""

    finished: float = 0.0
    begun: list[float] = field(default_factory=list)
    """When the messages began that occupy a connection, rather than wait behind another."""

    worked: float = 0.0
    """Messages that did, of late."""

    worked_slowly: float = 0.0
    is_slow: bool = False
    held_until: float = float("-inf")
    held_for: float = 0.0
    booked_until: float = float("-inf")

    @property
    def has_learnt(self) -> bool:
        """Whether it gets less than what is configured."""
        return self.rate.is_slowed or self.most < self.ceiling

    @property
    def average(self) -> float:
        """Seconds that a message is in hand."""
        return self.time_in_hand / max(self.finished + self.in_hand, 1.0)


class DomainLimits:
    """Says when a message to a domain may be begun, and learns from what becomes of it."""

    def __init__(
        self,
        connections: int,
        *,
        concurrency: int = 0,
        per_second: float = 0.0,
        share: float = 1.0,
        own: Mapping[str, Limit] | None = None,
    ) -> None:
        """Begin with nothing known.

        Args:
            connections: How many the relay has, all together.
            concurrency: Messages to one domain at once, at most; 0: no limit.
            per_second: Messages a second to one domain, at most; 0: no limit.
            share: This process's part of *per_second*; see :class:`Rate`.
            own: By domain, what holds for it instead of *concurrency* and *per_second*.
        """
        self._usual = Limit(concurrency, per_second)
        self._own = own or {}
        self._in_hand = float(_IN_HAND * connections)
        self._share = share
        self._slow_most = max(1, connections * 3 // 4)
        self._slow_in_hand = 0
        self._quickness = Quickness()
        self._domains: dict[str, _Domain] = {}
        self._sweep_from = _SWEEP_FROM

    def __len__(self) -> int:
        """Return how many domains something is known of."""
        return len(self._domains)

    def admit(self, domain: str, at: float) -> float:
        """Return 0.0 if a message to *domain* may be begun now; else when to ask again.

        0.0 counts the message as in hand: :meth:`done` must be called for it exactly once.
        """
        known = self._domains.get(domain)
        if known is None:
            known = self._meet(domain, at)
        if at < known.held_until:
            return known.held_until
        if known.in_hand >= known.most:
            return at + RECHECK_SECONDS
        self._measure(known, at)
        if known.is_slow and self._slow_in_hand >= self._slow_most:
            return at + RECHECK_SECONDS
        again_at = known.rate.admit(at)
        if again_at:
            return again_at
        known.in_hand += 1
        if known.is_slow:
            self._slow_in_hand += 1
        return 0.0

    def done(self, domain: str, outcome: Outcome | None, at: float) -> None:
        """Take note that a message to *domain* is not in hand any more.

        Args:
            domain: Whose message it was.
            outcome: What became of it; ``None``: it was given back untried.
            at: The time.

        Raises:
            ValueError: if no message to *domain* was in hand.
        """
        known = self._domains.get(domain)
        if known is None or not known.in_hand:
            raise ValueError(f"no message to {domain} is in hand")
        self._measure(known, at)
        known.in_hand -= 1
        if known.is_slow:
            self._slow_in_hand -= 1
        known.finished += 1
        if known.finished >= _AVERAGED:
            known.finished /= 2
            known.time_in_hand /= 2
        if outcome is None:
            known.rate.give_back()
            return
        kind = outcome.kind
        if kind is Kind.ACCEPTED:
            self._ease(known, at)
        elif kind is Kind.OUR_FAULT:
            if outcome.state is not DeliveryState.REFUSED:  # that is the message's own doing
                self._hold(known, kind, at)
        elif kind in {Kind.THROTTLED, Kind.GREYLISTED} and outcome.scope is Scope.MESSAGE:
            self._hold(known, kind, at)

    def begin_work(self, domain: str, at: float) -> None:
        """Take note that a message to *domain*, which is in hand, occupies a connection now."""
        self._domains[domain].begun.append(at)

    def end_work(self, domain: str, begun_at: float, at: float, *, is_accepted: bool) -> None:
        """Take note that it does not any more.

        What the relay did not take over says nothing of how long that takes.
        """
        known = self._domains[domain]
        known.begun.remove(begun_at)
        took = at - begun_at
        known.worked += 1
        known.worked_slowly += took > self._quickness.slow_from
        if known.worked >= _AVERAGED:
            known.worked /= 2
            known.worked_slowly /= 2
        if is_accepted:
            self._quickness.note(took)

    def outlook(self, domain: str, at: float) -> tuple[float, float]:
        """Return when the next message to *domain* can be begun, and the seconds between others.

        An estimate; (*at*, 0.0) where nothing limits it.
        """
        known = self._domains.get(domain)
        if known is None:
            return at, 0.0
        interval = max(known.rate.interval, known.average / known.most)
        is_full = known.in_hand >= known.most
        if known.is_slow:
            interval = max(interval, known.average / self._slow_most)
            is_full = is_full or self._slow_in_hand >= self._slow_most
        asked_at = at + RECHECK_SECONDS if is_full else at
        return max(asked_at, known.held_until, known.rate.free_at), interval

    def book(self, domain: str, after: float, at: float) -> float:
        """Return when to come back with a message to *domain* for which there is no room now.

        That is after *after*. Each gets a later time than the one before, at the domain's own rate
        (:data:`AHEAD_SECONDS`), so that what is put off comes back neither all at once nor, of a
        long list, next week.
        """
        next_at, interval = self.outlook(domain, at)
        earliest = max(next_at, after)
        known = self._domains.get(domain)
        if known is None:
            return earliest
        ahead = max(known.booked_until - earliest, 0.0)
        known.booked_until = earliest + ahead + interval * exp(-ahead / AHEAD_SECONDS)
        return known.booked_until

    def leave_alone(self, domain: str, until: float, at: float) -> None:
        """Begin no message to *domain* before *until*; it is given no less afterwards."""
        known = self._domains.get(domain) or self._meet(domain, at)
        known.held_until = max(known.held_until, until)

    def learnt(self, at: float) -> dict[str, Learnt]:
        """Return what is known of domains that get less than what is configured."""
        return {
            domain: Learnt(
                most=known.most if known.most < known.ceiling else 0.0,
                limit=known.rate.per_second if known.rate.is_slowed else 0.0,
                bad=known.rate.bad,
                held_seconds=max(known.held_until - at, 0.0),
                held_for=known.held_for,
            )
            for domain, known in self._domains.items()
            if known.has_learnt or at < known.held_until
        }

    def restore(self, learnt: Mapping[str, Learnt], at: float) -> None:
        """Take over what was :meth:`learnt` before a restart."""
        for domain, item in learnt.items():
            known = self._domains.get(domain) or self._meet(domain, at)
            known.most = min(item.most or known.ceiling, known.ceiling)
            known.rate.restore(item.limit, item.bad, at)
            known.held_for = item.held_for
            known.held_until = at + item.held_seconds

    def _meet(self, domain: str, at: float) -> _Domain:
        if len(self._domains) >= self._sweep_from:
            self._sweep(at)
        usual = self._own.get(domain, self._usual)
        ceiling = float(usual.concurrency or "inf")
        known = _Domain(Rate(usual.per_second, share=self._share), ceiling, ceiling, at)
        self._domains[domain] = known
        return known

    def _sweep(self, at: float) -> None:
        """Forget idle domains of which nothing is known that matters."""
        self._domains = {
            domain: known
            for domain, known in self._domains.items()
            if known.in_hand
            or known.begun
            or at < known.held_until
            or at - known.seen_at < self._kept_for(known)
        }
        self._sweep_from = max(_SWEEP_FROM, 2 * len(self._domains))

    def _kept_for(self, known: _Domain) -> float:
        return FORGET_SECONDS if known.has_learnt or known.is_slow else _FRESH_SECONDS

    def _measure(self, known: _Domain, at: float) -> None:
        """Bring the time that messages are in hand up to date, and whether that is long."""
        known.time_in_hand += known.in_hand * (at - known.seen_at)
        known.seen_at = at
        is_slow = known.time_in_hand > SLOW_SECONDS * (
            known.finished + known.in_hand
        ) or self._is_slow_at_work(known, at)
        if is_slow is not known.is_slow:
            known.is_slow = is_slow
            self._slow_in_hand += known.in_hand if is_slow else -known.in_hand

    def _is_slow_at_work(self, known: _Domain, at: float) -> bool:
        """Tell whether many of its messages take long, though perhaps not the longest."""
        overdue = 0
        if known.begun and known.begun[0] < at - SLOW_AT_LEAST_SECONDS:  # else none can be
            overdue = bisect_left(known.begun, at - self._quickness.slow_from)
        slow = known.worked_slowly + overdue
        return slow > SLOW_SHARE * (known.worked + overdue)

    def _ease(self, known: _Domain, at: float) -> None:
        """Give a domain that takes our mail a little more, if it has less than others."""
        known.rate.speed_up(at)
        if known.most < known.ceiling:
            known.most += 1 / known.most
            if known.most >= min(known.ceiling, self._in_hand):
                known.most = known.ceiling

    def _hold(self, known: _Domain, kind: Kind, at: float) -> None:
        """Leave a domain alone for a while, and give it half of what it had afterwards."""
        if at < known.held_until:
            return  # of a message that was on its way already: the same request
        if at - known.held_until > known.held_for:
            known.held_for = FIRST_HOLD_SECONDS
        elif kind is not Kind.GREYLISTED:
            # Greylisting wants each message to come back later, not fewer of them: no doubling.
            known.held_for = min(2 * known.held_for, LAST_HOLD_SECONDS)
        known.held_until = at + known.held_for
        if kind is Kind.OUR_FAULT:
            return  # It has not said that we are too fast.
        known.rate.slow_down(at)
        known.most = max(1.0, min(known.most, known.in_hand + 1.0) / 2)
