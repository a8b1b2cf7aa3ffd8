"""What one connection gets its messages from: the sender, seen by one relay at a time.

It tells the relay's limits how long each message occupies the connection, so that slow domains are
found out. A message that was taken while another is on its way waits for that one: the time does
not count against it.
"""

from __future__ import annotations

from collections import deque

from digest.mail.replies import Result
from digest.mail.smtp import Outgoing
from digest.steps.deliver.lane import Lane
from digest.steps.deliver.sender import Sender
from digest.steps.deliver.shares import Turn
from digest.steps.deliver.supply import Held
from digest.steps.deliver.timekeeper import Timekeeper


class Line:
    """The :class:`digest.mail.smtp.Source` of one relay's connections, one after the other."""

    def __init__(self, sender: Sender, lane: Lane, time: Timekeeper) -> None:
        """Stand between *sender* and the connections of *lane*."""
        self._sender = sender
        self._lane = lane
        self._time = time
        self._taken = deque[Held]()
        """The first one occupies the connection, the others wait behind it."""

        self._begun_at = 0.0
        self.turn: Turn | None = None
        """The connection that is being had, of those that all issues share."""

    def close(self) -> None:
        """Take note that there is no connection any more, whatever it was about to send."""
        if self._taken:
            first = self._taken[0]
            self._taken.clear()
            self._work_ended(first, self._time.monotonic(), is_accepted=False)

    def ready(self) -> Outgoing | None:
        """Return the next message of the issue if it can be had without waiting."""
        outgoing = None if self._is_wanted() else self._sender.ready(self._lane)
        if outgoing is not None:
            self._note(_held(outgoing))
        return outgoing

    async def take(self) -> Outgoing | None:
        """Return the next message of the issue that may go; ``None`` when there is none."""
        outgoing = None if self._is_wanted() else await self._sender.take(self._lane)
        if outgoing is not None:
            self._note(_held(outgoing))
        return outgoing

    async def has_more(self) -> bool:
        """Return whether anything may go: whether a connection is worth opening."""
        return await self._sender.has_more(self._lane)

    async def confirm(self, outgoing: Outgoing) -> bool:
        """Return whether the message may still go."""
        held = _held(outgoing)
        may_go = await self._sender.confirm(self._lane, held)
        if not may_go:
            self._end(held, is_accepted=False)
        return may_go

    async def settle(self, outgoing: Outgoing, result: Result) -> None:
        """Make the result durable; return when it is."""
        held = _held(outgoing)
        self._end(held, is_accepted=result.accepted)
        await self._sender.settle(self._lane, held, result)

    def _is_wanted(self) -> bool:
        """Return whether this connection is to end, so that another issue gets its share."""
        return self.turn is not None and self._lane.slots.is_wanted(self.turn)

    def _note(self, held: Held) -> None:
        self._taken.append(held)
        if len(self._taken) == 1:
            self._begin(held, self._time.monotonic())

    def _begin(self, held: Held, at: float) -> None:
        self._begun_at = at
        self._lane.limits.begin_work(held.domain, at)

    def _end(self, held: Held, *, is_accepted: bool) -> None:
        taken = self._taken
        if not taken or taken[0] is not held:
            self._taken = deque(other for other in taken if other is not held)
            return
        at = self._time.monotonic()
        taken.popleft()
        self._work_ended(held, at, is_accepted=is_accepted)
        if taken:
            self._begin(taken[0], at)

    def _work_ended(self, held: Held, at: float, *, is_accepted: bool) -> None:
        limits = self._lane.limits
        limits.end_work(held.domain, self._begun_at, at, is_accepted=is_accepted)


def _held(outgoing: Outgoing) -> Held:
    if not isinstance(outgoing.key, Held):
        raise TypeError("this message was not taken from this sender")
    return outgoing.key
