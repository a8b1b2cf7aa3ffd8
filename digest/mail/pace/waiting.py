"""Claimed messages that wait for their turn: round robin over domains, first in first out in each.

Handing one out costs the same however many domains wait: those that may not go now sleep in a heap
until they may, or until one of their messages is done.

Pure: times are seconds of a monotonic clock. Not to be used from several threads at once.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from heapq import heappop, heappush
from operator import itemgetter
from typing import Generic, Protocol, TypeVar

from digest.mail.outcome import Outcome
from digest.mail.pace.limits import DomainLimits

SOON_SECONDS = 1.0
"""What has its turn within this time may wait for it here."""


class Claimed(Protocol):
    """What can wait: a message that is held under a lease."""

    @property
    def domain(self) -> str:
        """The recipient's, as :func:`digest.mail.pace.providers.provider_of` gives it."""
        ...

    @property
    def begin_before(self) -> float:
        """After this it may not be begun, or the lease could end before it does."""
        ...


ItemT = TypeVar("ItemT", bound=Claimed)


@dataclass(frozen=True, slots=True)
class PutOff(Generic[ItemT]):
    """A message for which there is no room in its lease or for a while."""

    item: ItemT
    until: float
    """When to come back with it; not after now: at once."""


@dataclass(slots=True)
class _Lane(Generic[ItemT]):
    """The messages to one domain; never in use without one."""

    domain: str
    items: deque[ItemT] = field(default_factory=deque)
    wake_at: float | None = None
    """``None``: in the ring."""


class Waiting(Generic[ItemT]):
    """Holds claimed messages and hands out those that may go."""

    def __init__(self, limits: DomainLimits) -> None:
        """Begin empty; *limits* may be shared with others who send by the same relay."""
        self._limits = limits
        self._lanes: dict[str, _Lane[ItemT]] = {}
        self._ring: deque[_Lane[ItemT]] = deque()
        self._asleep: list[tuple[float, int, _Lane[ItemT]]] = []
        self._entries = 0
        self._size = 0

    def __len__(self) -> int:
        """Return how many messages wait."""
        return self._size

    def add(self, item: ItemT) -> None:
        """Let *item* wait behind the others of its domain."""
        lane = self._lanes.get(item.domain)
        if lane is None:
            lane = self._lanes[item.domain] = _Lane(item.domain)
            self._ring.append(lane)
        lane.items.append(item)
        self._size += 1

    def next(self, at: float) -> ItemT | None:
        """Return a message that may be begun now, or ``None``; see :meth:`ready_at`.

        It counts as in hand until :meth:`done` or :meth:`put_back`. Its lease is not looked at.
        """
        self._wake(at)
        while self._ring:
            lane = self._ring.popleft()
            if not lane.items:
                continue
            again_at = self._limits.admit(lane.domain, at)
            if again_at:
                self._sleep(lane, again_at)
                continue
            item = lane.items.popleft()
            self._size -= 1
            if lane.items:
                self._ring.append(lane)
            else:
                del self._lanes[lane.domain]
            return item
        return None

    def ready_at(self) -> float:
        """Return when :meth:`next` may have something: 0.0 at once, infinite if nothing waits.

        It may be sooner, when a message is done; and later, when something else has come between.
        """
        while self._ring and not self._ring[0].items:
            self._ring.popleft()
        if self._ring:
            return 0.0
        while self._asleep and not _is_current(*self._asleep[0]):
            heappop(self._asleep)
        return self._asleep[0][0] if self._asleep else float("inf")

    def done(self, item: ItemT, outcome: Outcome | None, at: float) -> None:
        """Take note of what became of *item* (``None``: nothing); once for each handed out."""
        self._limits.done(item.domain, outcome, at)
        lane = self._lanes.get(item.domain)
        if lane is not None and lane.wake_at is not None:
            lane.wake_at = None
            self._ring.append(lane)

    def put_back(self, item: ItemT, at: float) -> None:
        """Take back *item*, which was handed out and not begun: it will be its domain's next."""
        self.done(item, None, at)
        self.add(item)
        self._lanes[item.domain].items.rotate(1)

    def give_up(self, at: float, keep: int) -> list[PutOff[ItemT]]:
        """Remove and return what has no turn soon or none in its lease, and make room for others.

        To be called when :meth:`next` has nothing though connections are free. What may go now
        stays, and of the rest the *keep* messages that are next, if that is within
        :data:`SOON_SECONDS`. Looks at every message that waits.
        """
        turns: list[tuple[float, _Lane[ItemT], ItemT]] = []
        for lane in self._lanes.values():
            next_at, interval = self._limits.outlook(lane.domain, at)
            turns += ((next_at + n * interval, lane, item) for n, item in enumerate(lane.items))
            lane.items.clear()
        turns.sort(key=itemgetter(0))
        off: list[PutOff[ItemT]] = []
        for begins_at, lane, item in turns:
            is_soon = begins_at <= min(at + SOON_SECONDS, item.begin_before)
            if item.begin_before <= at:
                off.append(PutOff(item, at))
            elif begins_at <= at:
                lane.items.append(item)
            elif is_soon and keep > 0:
                keep -= 1
                lane.items.append(item)
            else:
                until = self._limits.book(lane.domain, at + SOON_SECONDS, at)
                off.append(PutOff(item, until))
        self._lanes = {domain: lane for domain, lane in self._lanes.items() if lane.items}
        self._size -= len(off)
        return off

    def hand_over(self, most: int) -> list[ItemT]:
        """Remove and return up to *most* messages for others to send: the last ones first."""
        taken: list[ItemT] = []
        for lane in list(self._lanes.values()):
            while lane.items and len(taken) < most:
                taken.append(lane.items.pop())
            if not lane.items:
                del self._lanes[lane.domain]
        self._size -= len(taken)
        return taken

    def clear(self) -> list[ItemT]:
        """Remove and return all that wait: nothing more will be sent."""
        items = [item for lane in self._lanes.values() for item in lane.items]
        self._lanes.clear()
        self._ring.clear()
        self._asleep.clear()
        self._size = 0
        return items

    def _sleep(self, lane: _Lane[ItemT], until: float) -> None:
        lane.wake_at = until
        self._entries += 1
        heappush(self._asleep, (until, self._entries, lane))

    def _wake(self, at: float) -> None:
        """Put the domains whose time has come into the ring."""
        while self._asleep and self._asleep[0][0] <= at:
            until, entry, lane = heappop(self._asleep)
            if _is_current(until, entry, lane):
                lane.wake_at = None
                self._ring.append(lane)


def _is_current(until: float, _entry: int, lane: _Lane[ItemT]) -> bool:
    """Return whether the lane still sleeps by this entry of the heap."""
    return lane.wake_at == until and bool(lane.items)
